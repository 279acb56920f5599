/** Tells a swipe from a tap. */

import type { Action } from "./actions.ts";

/** Where a finger is, in CSS pixels. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** How far a finger travels before it is no tap any more, in CSS pixels. */
const DISTANCE = 48;
/** How much more sideways than up or down it must go. */
const STRAIGHTNESS = 1.5;

/** The action of a finger that went down at `from` and up at `to`: pushing a slide away is next. */
export function actionForSwipe(from: Spot, to: Spot): Action | undefined {
  const across = to.x - from.x;
  const along = Math.abs(to.y - from.y);
  if (Math.abs(across) < DISTANCE || Math.abs(across) < STRAIGHTNESS * along) {
    return undefined;
  }
  return across < 0 ? "next" : "previous";
}
