/** What the parts of the extension say to each other. */

import type { PairingErrorCode } from "@deskconn/client";

/** From a page to the background, whenever it changes and every {@link PULSE}. */
export interface WatchingMessage {
  readonly kind: "watching";
  /** Whether a film fills the screen. */
  readonly watching: boolean;
}

/** From the settings page: pair with the computer there. Answered by a {@link PairAnswer}. */
export interface PairMessage {
  readonly kind: "pair";
  /** `host:port`. */
  readonly host: string;
  /** Eight digits. */
  readonly code: string;
}

/** From the settings page: forget the computer. Answered when it is forgotten. */
export interface ForgetMessage {
  readonly kind: "forget";
}

export type Message = WatchingMessage | PairMessage | ForgetMessage;

/** What came of a pairing. */
export type PairAnswer =
  | { readonly name: string; readonly words: readonly [string, string] }
  | {
      readonly error: PairingErrorCode | Blocked;
      readonly attemptsLeft?: number | undefined;
      /** What the computer says of it, for whoever reads English. */
      readonly said?: string | undefined;
    };

/** From a popup over its port. */
export type PanelMessage =
  | { readonly kind: "slide"; readonly action: "next" | "previous" }
  | { readonly kind: "check" };

/** Why the browser itself keeps the extension from the computer. */
export type Blocked =
  /** It wants TLS where the computer speaks none. */
  | "upgraded"
  /** It lets the extension into no local network. */
  | "local_network";

/** Whether a part of the computer can be used. */
export type Feature =
  | { readonly kind: "unknown" | "ready" | "denied" | "missing" }
  | { readonly kind: "unavailable"; readonly reason: string | undefined };

/** How things are; what a popup shows. */
export interface PanelState {
  readonly computer:
    | { readonly id: string; readonly name: string; readonly host: string }
    | undefined;
  /** This browser's device id, if it is paired. */
  readonly device: string | undefined;
  /** The words to compare, while the owner of a computer is asked whether to let this browser in. */
  readonly asking: readonly [string, string] | undefined;
  readonly link: "unpaired" | "idle" | "connecting" | "online" | "offline" | "removed";
  readonly blocked: Blocked | undefined;
  readonly screen: Feature;
  readonly slides: Feature;
  /** Whether the screen is brighter for a film now. */
  readonly boosted: boolean;
  /** Whether the last press came to nothing. */
  readonly pressFailed: boolean;
}

/** The name of a popup's port. */
export const PANEL = "panel";

/**
 * How often a page says that the film still fills the screen, in milliseconds: often enough that
 * Firefox, which stops a background page after 30 s without an event, keeps it.
 */
export const PULSE = 20_000;
