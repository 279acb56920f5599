/** Who watches a film at this moment: frames of pages, by what they say and how long ago. */

import { PULSE } from "../protocol.ts";

/** A frame of a tab. */
export interface Viewer {
  readonly tab: number;
  readonly frame: number;
  /** The site of the tab, as far as the browser tells. */
  readonly site: string | undefined;
}

/** A viewer who has not been heard for so long has gone without a word, in milliseconds. */
const PATIENCE = 3.5 * PULSE;

/** See the module's description. Times are milliseconds of any clock that does not go back. */
export class Audience {
  readonly #viewers = new Map<string, Viewer & { readonly heard: number }>();

  /** A viewer has spoken. */
  heard(viewer: Viewer, watching: boolean, now: number): void {
    const key = `${viewer.tab}/${viewer.frame}`;
    if (watching) {
      this.#viewers.set(key, { ...viewer, heard: now });
    } else {
      this.#viewers.delete(key);
    }
  }

  /** A tab was closed. */
  left(tab: number): void {
    this.#forget((viewer) => viewer.tab === tab);
  }

  /** Forgets those who have not been heard for too long. */
  sweep(now: number): void {
    this.#forget((viewer) => now - viewer.heard > PATIENCE);
  }

  /** Whether somebody watches on a site that is not one of `sitesOff`. */
  isWatching(sitesOff: readonly string[]): boolean {
    return [...this.#viewers.values()].some(
      ({ site }) => site === undefined || !sitesOff.includes(site),
    );
  }

  #forget(which: (viewer: Viewer & { readonly heard: number }) => boolean): void {
    for (const [key, viewer] of this.#viewers) {
      if (which(viewer)) {
        this.#viewers.delete(key);
      }
    }
  }
}
