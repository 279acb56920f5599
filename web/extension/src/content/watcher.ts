/** Sees whether a film fills the screen: a video that plays in what the page shows in full screen. */

import { PULSE } from "../protocol.ts";

/** How often a full screen without a film is looked at again, in milliseconds. */
const LOOK = 1000;
/** How much of the window a video covers at least that is a film. */
const SHARE = 0.5;

/**
 * Watches one document, and says whenever it changes, and every {@link PULSE}, whether a film fills the
 * screen.
 *
 * ```text
 *        in full screen            a big video plays             full screen left, page hidden
 * idle ────────────────▶ looking ────────────────────▶ watching ──────────────────────────────▶ idle
 *   ▲                       │ full screen left            │ every PULSE: says so again
 *   └───────────────────────┘                             └ a film that pauses is watched still
 * ```
 *
 * A full screen of a frame inside the document is that frame's: it has a watcher of its own.
 */
export class Watcher {
  readonly #document: Document;
  readonly #say: (watching: boolean) => void;
  #watching = false;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(document: Document, say: (watching: boolean) => void) {
    this.#document = document;
    this.#say = say;
  }

  start(): void {
    const look = () => this.look();
    this.#document.addEventListener("fullscreenchange", look);
    this.#document.addEventListener("visibilitychange", look);
    // A page that is left, or goes to sleep, is not looked at any more.
    this.#document.defaultView?.addEventListener("pagehide", () => this.stop());
    this.look();
  }

  /** Looks at the document as it is now. */
  look(): void {
    const element = this.#document.fullscreenElement;
    if (!element || this.#document.hidden || isFrame(element)) {
      this.stop();
    } else if (!this.#watching && hasFilm(element)) {
      this.#watching = true;
      this.#every(PULSE, () => this.#say(true));
      this.#say(true);
    } else if (!this.#watching) {
      this.#every(LOOK, () => this.look());
    }
  }

  /** As if there were nothing on the screen. */
  stop(): void {
    clearInterval(this.#clock);
    if (this.#watching) {
      this.#watching = false;
      this.#say(false);
    }
  }

  #every(ms: number, act: () => void): void {
    clearInterval(this.#clock);
    this.#clock = setInterval(act, ms);
  }
}

function isFrame({ localName }: Element): boolean {
  return localName === "iframe" || localName === "frame";
}

/** Whether a video plays in `element` that covers half of the window at least. */
function hasFilm(element: Element): boolean {
  const window = element.ownerDocument.defaultView;
  const enough = SHARE * (window?.innerWidth ?? 0) * (window?.innerHeight ?? 0);
  return videosIn(element).some((video) => {
    const { width, height } = video.getBoundingClientRect();
    return !video.paused && !video.ended && width * height >= enough;
  });
}

/** The videos in an element and in the open shadow trees below it, itself among them. */
function videosIn(element: Element): HTMLVideoElement[] {
  const found = element.localName === "video" ? [element as HTMLVideoElement] : [];
  const trees: ParentNode[] = [element];
  if (element.shadowRoot) {
    trees.push(element.shadowRoot);
  }
  for (const tree of trees) {
    for (const inside of tree.querySelectorAll("*")) {
      if (inside.localName === "video") {
        found.push(inside as HTMLVideoElement);
      }
      if (inside.shadowRoot) {
        trees.push(inside.shadowRoot);
      }
    }
  }
  return found;
}
