/** Pairing over a WAMP session in the realm `deskconn.pairing`. */

import type { CallResult } from "../wamp/payload.ts";
import type { Session } from "../wamp/session.ts";
import { toPairingError } from "./error.ts";
import { begin, type Joiner, type Pairing, type PairingSecret } from "./joiner.ts";

/** The realm anybody may enter, with the two procedures below and nothing else. */
export const PAIRING_REALM = "deskconn.pairing";

/** How long each call may take, in milliseconds: a wrong code is answered late on purpose. */
const TIMEOUT = 20_000;

/** How long the last one may take when the computer's owner is asked. */
const ASKING_TIMEOUT = 60_000;

/**
 * Pairs with the daemon at the other end of `session`.
 *
 * It is one attempt and is never repeated by itself: each attempt hands a false daemon one guess at
 * the secret, so trying again is the user's decision.
 *
 * @param session A session joined to {@link PAIRING_REALM}.
 * @param onAsked Called when the computer's owner is asked whether to let this device in, with the words
 *   that stand on the computer's screen too.
 * @throws PairingError for every failure.
 */
export async function pair(
  session: Pick<Session, "call">,
  secret: PairingSecret,
  joiner: Joiner,
  onAsked?: (words: readonly [string, string]) => void,
): Promise<Pairing> {
  const call = async (verb: string, kwargs: Record<string, unknown>, timeoutMs = TIMEOUT) => {
    const procedure = `org.deskconn.pairing.${verb}`;
    const result: CallResult = await session.call(procedure, { kwargs }, { timeoutMs });
    return result.kwargs;
  };
  try {
    const opening = begin(secret, joiner);
    const confirmation = opening.answer(await call("begin", opening.kwargs));
    const { asks, words } = confirmation;
    const answer = call("confirm", confirmation.kwargs, asks ? ASKING_TIMEOUT : TIMEOUT);
    if (asks) {
      onAsked?.(words);
    }
    return confirmation.finish(await answer);
  } catch (cause) {
    throw toPairingError(cause);
  }
}

/**
 * The code in what a person typed.
 *
 * @returns The 8 digits, with the blanks, hyphens and dots between them taken out, or `undefined`
 *   when it is no code.
 */
export function parseCode(typed: string): string | undefined {
  const digits = typed.replaceAll(/[\s.\-\u2010-\u2013]/gu, "");
  return /^[0-9]{8}$/.test(digits) ? digits : undefined;
}
