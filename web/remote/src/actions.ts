/** What can be done to a presentation; the names are those of the daemon's procedures. */

export const ACTIONS = [
  "next",
  "previous",
  "first",
  "last",
  "start",
  "start_current",
  "stop",
  "black",
  "white",
] as const;

/** One of the actions. */
export type Action = (typeof ACTIONS)[number];

/** Whether `value` names an action. */
export function isAction(value: unknown): value is Action {
  return ACTIONS.includes(value as Action);
}
