/** Calls and subscriptions with the types of the computer's own procedures and topics. */

import type { CallResult, Payload } from "../wamp/payload.ts";
import type { CallOptions } from "../wamp/session.ts";
import type { LineProcedure, LineVerb, Procedures, Topics } from "./names.ts";
import type { GpioChange } from "./types.ts";

/** Whatever calls and subscribes: a connection, or a session. */
export interface Caller {
  call(procedure: string, payload?: Payload, options?: CallOptions): Promise<CallResult>;
  subscribe(topic: string, handler: (event: CallResult) => void): unknown;
}

type Arguments<P extends keyof Procedures> = Procedures[P]["arguments"];
type Result<P extends keyof Procedures> = Procedures[P]["result"];

/** What every name of ours begins with. */
const PREFIX = "org.deskconn.";

/** The whole URI of a procedure or topic. */
export function uriOf(name: string): string {
  return PREFIX + name;
}

/**
 * Calls a procedure by its name.
 *
 * What comes back is what the computer sent: it is trusted, and may be of another version, so fields
 * that decide something are to be checked.
 *
 * @throws WampError when the answer is an ERROR; LinkLostError when no answer came.
 */
export async function call<P extends keyof Procedures>(
  caller: Pick<Caller, "call">,
  procedure: P,
  ...[kwargs, options]: Record<never, never> extends Arguments<P>
    ? [kwargs?: Arguments<P>, options?: CallOptions]
    : [kwargs: Arguments<P>, options?: CallOptions]
): Promise<Result<P>> {
  const payload = { kwargs: (kwargs ?? {}) as Record<string, unknown> };
  const answer = await caller.call(uriOf(procedure), payload, options);
  return answer.kwargs as Result<P>;
}

/** Subscribes to a topic by its name. */
export function subscribe<T extends keyof Topics>(
  caller: Pick<Caller, "subscribe">,
  topic: T,
  handler: (event: Topics[T]) => void,
): void {
  caller.subscribe(uriOf(topic), ({ kwargs }) => handler(kwargs as unknown as Topics[T]));
}

/** Calls a procedure of a GPIO line. @throws like {@link call}. */
export async function callLine<V extends LineVerb>(
  caller: Pick<Caller, "call">,
  line: string,
  verb: V,
  kwargs: LineProcedure<V>["arguments"],
): Promise<LineProcedure<V>["result"]> {
  const payload = { kwargs: kwargs as Record<string, unknown> };
  const answer = await caller.call(uriOf(`gpio.${line}.${verb}`), payload);
  return answer.kwargs as unknown as LineProcedure<V>["result"];
}

/** Subscribes to what becomes of a GPIO line. */
export function subscribeToLine(
  caller: Pick<Caller, "subscribe">,
  line: string,
  handler: (event: GpioChange) => void,
): void {
  caller.subscribe(uriOf(`gpio.${line}.on_change`), ({ kwargs }) =>
    handler(kwargs as unknown as GpioChange),
  );
}
