/** The two ways in which a request fails: somebody said no, or nobody said anything. */

import { parseObject } from "../bytes.ts";
import { readPayload } from "./payload.ts";

/** The router or a callee said no: an ERROR or an ABORT. */
export class WampError extends Error {
  override readonly name = "WampError";
  /** The error URI. */
  readonly uri: string;
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(uri: string, message: string, kwargs: Readonly<Record<string, unknown>> = {}) {
    super(message || uri);
    this.uri = uri;
    this.kwargs = kwargs;
  }

  /** What the peer advises to do about it. */
  get hint(): string | undefined {
    return typeof this.kwargs.hint === "string" ? this.kwargs.hint : undefined;
  }
}

/** The link ended, or stayed silent for too long, before the answer came. */
export class LinkLostError extends Error {
  override readonly name = "LinkLostError";
}

/**
 * The error in a message that came.
 *
 * The message for people is its first positional argument, or `message` of its details.
 */
export function readError(
  uri: unknown,
  details: unknown,
  args?: unknown,
  kwargs?: unknown,
): WampError {
  const payload = readPayload(args, kwargs);
  const message = payload.args[0] ?? parseObject(details)?.message;
  return new WampError(String(uri), typeof message === "string" ? message : "", payload.kwargs);
}
