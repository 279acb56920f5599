/** What WAMP messages carry for programs: positional and keyword arguments. */

import { parseObject } from "../bytes.ts";

/** Positional and keyword arguments of a call, a result or an event. */
export interface Payload {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** What a call answered, or what an event carries; absent parts are empty. */
export interface CallResult {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** The payload at the end of a message that came. */
export function readPayload(args: unknown, kwargs: unknown): CallResult {
  return { args: Array.isArray(args) ? args : [], kwargs: parseObject(kwargs) ?? {} };
}

/** The payload as the end of a message to be sent. */
export function writePayload({ args = [], kwargs = {} }: Payload): [readonly unknown[], object] {
  return [args, kwargs];
}
