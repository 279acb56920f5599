/** A value under a finger: shown at once, sent as fast as the computer answers, never out of order. */

import { useEffect, useRef, useState } from "preact/hooks";

/** How long a value stays as it was dragged when the computer does not tell another, in milliseconds. */
const HOLD = 1000;

/**
 * @param value What the computer says.
 * @param send Sends a value and settles when it is answered, whatever the answer.
 * @returns what to show, and what to call with every value on the way.
 */
export function useDial(
  value: number,
  send: (value: number) => Promise<unknown>,
): [shown: number, drag: (value: number) => void] {
  const [held, setHeld] = useState<number>();
  const pump = useRef(new Pump());
  const release = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(release.current), []);
  const drag = (wanted: number) => {
    clearTimeout(release.current);
    setHeld(wanted);
    void pump.current.offer(wanted, send).then((isLast) => {
      if (isLast) {
        release.current = setTimeout(() => setHeld(undefined), HOLD);
      }
    });
  };
  return [held ?? value, drag];
}

/** Sends one value at a time; of those that come meanwhile only the last. */
export class Pump {
  #next: number | undefined;
  #isBusy = false;

  /** @returns whether everything that was offered is sent now. */
  async offer(value: number, send: (value: number) => Promise<unknown>): Promise<boolean> {
    this.#next = value;
    if (this.#isBusy) {
      return false;
    }
    this.#isBusy = true;
    try {
      while (this.#next !== undefined) {
        const next = this.#next;
        this.#next = undefined;
        await send(next);
      }
    } finally {
      this.#isBusy = false;
    }
    return true;
  }
}
