/** What the computer says about its slides: whether they can be turned, and how. */

import { type CallResult, type Connection, WampError } from "@deskconn/client";
import { type Action, isAction } from "./actions.ts";

/** Whether this device can turn slides. */
export type Slides =
  /** Not asked yet; pressing a key is allowed and will tell. */
  | { readonly kind: "unknown" }
  /** Keys can be pressed. `actions` are those the program in use has; `undefined` means any. */
  | { readonly kind: "ready"; readonly actions: readonly Action[] | undefined }
  /** They can not, for the reason the computer gives. */
  | { readonly kind: "unavailable"; readonly reason: string | undefined }
  /** This device may not. */
  | { readonly kind: "denied" };

type Caller = Pick<Connection, "call">;

/** Asks the computer. @throws LinkLostError when there is no answer. */
export async function readSlides(connection: Caller): Promise<Slides> {
  try {
    const { kwargs } = await connection.call("org.deskconn.slides.status");
    if (kwargs.available === false) {
      return { kind: "unavailable", reason: text(kwargs.reason) ?? text(kwargs.hint) };
    }
  } catch (error) {
    return slidesAfter(error) ?? { kind: "unavailable", reason: await componentReason(connection) };
  }
  return { kind: "ready", actions: await readActions(connection) };
}

/**
 * What a failed call tells about the slides.
 *
 * @returns `undefined` when it tells nothing about whether the next call would fail too.
 * @throws whatever is not an answer of the computer.
 */
export function slidesAfter(error: unknown): Slides | undefined {
  if (!(error instanceof WampError)) {
    throw error;
  }
  if (error.uri === "org.deskconn.error.unavailable") {
    return { kind: "unavailable", reason: error.hint ?? error.message };
  }
  if (["org.deskconn.error.denied", "wamp.error.not_authorized"].includes(error.uri)) {
    return { kind: "denied" };
  }
  return undefined;
}

/** The actions of the program in use. */
async function readActions(connection: Caller): Promise<readonly Action[] | undefined> {
  const answer = await answerOf(connection.call("org.deskconn.slides.profiles"));
  const profiles = Array.isArray(answer?.kwargs.profiles) ? answer.kwargs.profiles : [];
  const current = profiles.find((profile) => profile?.name === answer?.kwargs.current);
  return Array.isArray(current?.actions) ? current.actions.filter(isAction) : undefined;
}

/** Why the slides component does not run, if the daemon says. */
async function componentReason(connection: Caller): Promise<string | undefined> {
  const answer = await answerOf(connection.call("org.deskconn.daemon.status"));
  const components = Array.isArray(answer?.kwargs.components) ? answer.kwargs.components : [];
  return text(components.find((component) => component?.name === "slides")?.reason);
}

/** The answer of a call that may be refused. */
async function answerOf(call: Promise<CallResult>): Promise<CallResult | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof WampError) {
      return undefined;
    }
    throw error;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
