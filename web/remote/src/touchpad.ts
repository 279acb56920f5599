/** What fingers on the touchpad mean: pure, fed with what the browser tells about each finger. */

/** What is to be done on the computer. */
export type Gesture =
  | { readonly kind: "move"; readonly dx: number; readonly dy: number }
  | { readonly kind: "scroll"; readonly dx: number; readonly dy: number }
  | { readonly kind: "click"; readonly button: "left" | "right" };

interface Finger {
  x: number;
  y: number;
}

/** How far a finger may travel in a tap, in CSS pixels, and how long a tap may take, in milliseconds. */
const TAP = { distance: 10, duration: 250 };
/** How many CSS pixels of two fingers are one step of a wheel. */
const SCROLL_STEP = 24;
/** How much faster the pointer goes than the finger, slow and fast. */
const SPEED = { least: 1, most: 3.5, perPixel: 0.08 };

export class Touchpad {
  readonly #fingers = new Map<number, Finger>();
  #began = 0;
  #travel = 0;
  #most = 0;
  #scroll = { x: 0, y: 0 };

  /** A finger goes down. @param now Milliseconds of any clock. */
  down(id: number, x: number, y: number, now: number): void {
    if (this.#fingers.size === 0) {
      this.#began = now;
      this.#travel = 0;
      this.#most = 0;
      this.#scroll = { x: 0, y: 0 };
    }
    this.#fingers.set(id, { x, y });
    this.#most = Math.max(this.#most, this.#fingers.size);
  }

  /** A finger moves. */
  move(id: number, x: number, y: number): Gesture | undefined {
    const finger = this.#fingers.get(id);
    if (!finger) {
      return undefined;
    }
    const [dx, dy] = [x - finger.x, y - finger.y];
    this.#fingers.set(id, { x, y });
    this.#travel += Math.hypot(dx, dy);
    if (this.#travel < TAP.distance) {
      return undefined;
    }
    if (this.#most > 1) {
      return this.#scrolled(dx, dy);
    }
    const speed = Math.min(SPEED.least + Math.hypot(dx, dy) * SPEED.perPixel, SPEED.most);
    return { kind: "move", dx: Math.round(dx * speed), dy: Math.round(dy * speed) };
  }

  /** A finger goes up. */
  up(id: number, now: number): Gesture | undefined {
    this.#fingers.delete(id);
    const isTap = this.#travel < TAP.distance && now - this.#began < TAP.duration;
    if (this.#fingers.size > 0 || !isTap || this.#most > 2) {
      return undefined;
    }
    return { kind: "click", button: this.#most === 2 ? "right" : "left" };
  }

  /** The browser takes the fingers away. */
  cancel(): void {
    this.#fingers.clear();
    this.#travel = Number.POSITIVE_INFINITY;
  }

  /** Both fingers count, each for half; whole steps only, the rest is kept for later. */
  #scrolled(dx: number, dy: number): Gesture | undefined {
    this.#scroll.x += dx / 2;
    this.#scroll.y += dy / 2;
    const steps = {
      dx: Math.trunc(this.#scroll.x / SCROLL_STEP),
      dy: Math.trunc(this.#scroll.y / SCROLL_STEP),
    };
    if (steps.dx === 0 && steps.dy === 0) {
      return undefined;
    }
    this.#scroll.x -= steps.dx * SCROLL_STEP;
    this.#scroll.y -= steps.dy * SCROLL_STEP;
    // The page follows the fingers, so the wheel turns the other way.
    return { kind: "scroll", dx: -steps.dx || 0, dy: -steps.dy || 0 };
  }
}
