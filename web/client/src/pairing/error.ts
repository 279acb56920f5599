/** Why a pairing failed, in the words of the protocol's error table. */

import { parseObject } from "../bytes.ts";
import { WampError } from "../wamp/errors.ts";

/**
 * The reasons. The first seven are the daemon's (`org.deskconn.pairing.error.…`); the others are
 * this side's:
 *
 * - `unreachable`: no daemon answered at the address, or the connection broke.
 * - `impostor`: the answer came from somebody who does not know the secret, or is not the computer
 *   the link names. Nothing was stored.
 * - `refused`: the daemon answered with an error this version does not know.
 */
export type PairingErrorCode =
  | "not_pairing"
  | "busy"
  | "bad_code"
  | "declined"
  | "expired"
  | "version"
  | "malformed"
  | "unreachable"
  | "impostor"
  | "refused";

/** A failed pairing. Whoever shows it decides the words; `message` is for the log. */
export class PairingError extends Error {
  override readonly name = "PairingError";
  readonly code: PairingErrorCode;
  /** With `bad_code`: how often the code may still be mistyped. */
  readonly attemptsLeft: number | undefined;
  /** With `busy`: how long to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What the daemon advises, in its own words. */
  readonly hint: string | undefined;

  constructor(code: PairingErrorCode, message: string, details: PairingErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.attemptsLeft = details.attemptsLeft;
    this.retryAfterMs = details.retryAfterMs;
    this.hint = details.hint;
  }
}

/** What may be known about a failure beyond its code. */
export interface PairingErrorDetails {
  readonly attemptsLeft?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

const PREFIX = "org.deskconn.pairing.error.";
const FROM_DAEMON: readonly string[] = [
  "not_pairing",
  "busy",
  "bad_code",
  "declined",
  "expired",
  "version",
  "malformed",
] satisfies PairingErrorCode[];

/** The pairing error behind whatever a call of the pairing realm failed with. */
export function toPairingError(cause: unknown): PairingError {
  if (cause instanceof PairingError) {
    return cause;
  }
  if (!(cause instanceof WampError)) {
    return new PairingError("unreachable", "the connection to the computer broke", { cause });
  }
  const kwargs = parseObject(cause.kwargs) ?? {};
  return new PairingError(codeOf(cause.uri), cause.message, {
    attemptsLeft: count(kwargs.attempts_left),
    retryAfterMs: count(kwargs.retry_after_ms),
    hint: cause.hint,
    cause,
  });
}

function codeOf(uri: string): PairingErrorCode {
  const name = uri.startsWith(PREFIX) ? uri.slice(PREFIX.length) : "";
  return FROM_DAEMON.includes(name) ? (name as PairingErrorCode) : "refused";
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
