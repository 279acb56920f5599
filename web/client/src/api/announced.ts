/**
 * The names and types of components that a computer may have and `components.ts` does not know yet.
 *
 * What both know is taken from there; see `names.ts`.
 */

import type { Empty, Signature } from "./signature.ts";
import type { Availability } from "./types.ts";

/** What to do with a button of the pointer. */
export interface PressButton {
  readonly button: "left" | "middle" | "right";
  readonly action?: "click" | "press" | "release";
}

/** How far, to the right and down. */
export interface Distance {
  readonly dx?: number;
  readonly dy?: number;
}

/** Their procedures. */
export interface AnnouncedProcedures {
  "input.status": Signature<Empty, Availability>;
  "input.move": Signature<Distance, Empty>;
  "input.scroll": Signature<Distance, Empty>;
  "input.button": Signature<PressButton, Empty>;
  "input.key": Signature<{ readonly key: string }, Empty>;
  "input.type": Signature<{ readonly text: string }, Empty>;
}
