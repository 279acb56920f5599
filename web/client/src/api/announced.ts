/**
 * The names and types of components that a computer may have and `components.ts` does not know yet.
 *
 * What both know is taken from there; see `names.ts`.
 */

import type { Empty, Signature } from "./signature.ts";
import type { Availability } from "./types.ts";

/** The media players that run. */
export interface Media extends Availability {
  readonly players: readonly Player[];
}

/** A media player and what it plays. */
export interface Player {
  readonly id: string;
  readonly name: string;
  readonly state: "playing" | "paused" | "stopped";
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly length_ms?: number;
  /** Where it was when this was written down. */
  readonly position_ms?: number;
  readonly can_play?: boolean;
  readonly can_pause?: boolean;
  readonly can_next?: boolean;
  readonly can_previous?: boolean;
  readonly can_seek?: boolean;
}

/** Which player; the one in use if it is not said. */
export interface OfPlayer {
  readonly player?: string;
}

/** Where to, from the beginning or from where it is. */
export interface Seek extends OfPlayer {
  readonly position_ms?: number;
  readonly by_ms?: number;
}

/** How loud it is. */
export interface Volume extends Availability {
  readonly percent: number;
  readonly muted: boolean;
  readonly microphone_muted?: boolean;
}

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
  "media.status": Signature<Empty, Media>;
  "media.play": Signature<OfPlayer, Empty>;
  "media.pause": Signature<OfPlayer, Empty>;
  "media.play_pause": Signature<OfPlayer, Empty>;
  "media.next": Signature<OfPlayer, Empty>;
  "media.previous": Signature<OfPlayer, Empty>;
  "media.stop": Signature<OfPlayer, Empty>;
  "media.seek": Signature<Seek, Empty>;
  "volume.status": Signature<Empty, Volume>;
  "volume.set": Signature<{ readonly percent: number }, Volume>;
  "volume.step": Signature<{ readonly by: number }, Volume>;
  "volume.mute": Signature<{ readonly muted?: boolean }, Volume>;
  "volume.mute_microphone": Signature<{ readonly muted?: boolean }, Volume>;
  "input.status": Signature<Empty, Availability>;
  "input.move": Signature<Distance, Empty>;
  "input.scroll": Signature<Distance, Empty>;
  "input.button": Signature<PressButton, Empty>;
  "input.key": Signature<{ readonly key: string }, Empty>;
  "input.type": Signature<{ readonly text: string }, Empty>;
}

/** Their topics. */
export interface AnnouncedTopics {
  "media.on_change": Media;
  "volume.on_change": Volume;
}
