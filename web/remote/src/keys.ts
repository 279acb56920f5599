/** Which key of a keyboard, or of a presenter stick, does what. */

import type { Action } from "./actions.ts";

const KEYS: Readonly<Record<string, Action>> = {
  ArrowRight: "next",
  ArrowDown: "next",
  PageDown: "next",
  " ": "next",
  ArrowLeft: "previous",
  ArrowUp: "previous",
  PageUp: "previous",
  Home: "first",
  End: "last",
  // The keys on the side of a phone, in the browsers that give them to pages.
  AudioVolumeUp: "next",
  AudioVolumeDown: "previous",
  b: "black",
  ".": "black",
  w: "white",
  ",": "white",
};

/** The parts of a `KeyboardEvent` that matter. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "repeat" | "ctrlKey" | "altKey" | "metaKey" | "defaultPrevented"
>;

/**
 * The action a key press stands for.
 *
 * A key held down counts once, and combinations belong to the browser.
 *
 * @param onControl Whether a button has the focus: its space bar is its own.
 */
export function actionForKey(press: KeyPress, onControl: boolean): Action | undefined {
  const isCombination = press.ctrlKey || press.altKey || press.metaKey;
  if (isCombination || press.repeat || press.defaultPrevented || (onControl && press.key === " ")) {
    return undefined;
  }
  return KEYS[press.key.length === 1 ? press.key.toLowerCase() : press.key];
}
