/** What of the computer this browser can use, by what the computer answers when it is asked. */

import { LinkLostError, WampError } from "@deskconn/client";
import type { Feature } from "../protocol.ts";
import type { Caller } from "./booster.ts";

/**
 * Asks a component for its status.
 *
 * @param procedure Its `….status`.
 */
export async function ask(caller: Caller, procedure: string): Promise<Feature> {
  try {
    const { kwargs } = await caller.call(procedure);
    return kwargs.available === false
      ? { kind: "unavailable", reason: text(kwargs.reason) ?? text(kwargs.hint) }
      : { kind: "ready" };
  } catch (error) {
    return featureAfter(error) ?? { kind: "unknown" };
  }
}

/** What a failed call tells, or `undefined` if it is nothing about the calls after it. */
export function featureAfter(error: unknown): Feature | undefined {
  if (error instanceof LinkLostError || !(error instanceof WampError)) {
    return undefined;
  }
  switch (error.uri) {
    case "wamp.error.not_authorized":
    case "org.deskconn.error.denied":
      return { kind: "denied" };
    case "wamp.error.no_such_procedure":
      return { kind: "missing" };
    case "org.deskconn.error.unavailable":
      return { kind: "unavailable", reason: error.hint ?? error.message };
    default:
      return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
