/** The words for how things are: one line that is always there, and a notice when something is wrong. */

import type { DeskState } from "./desk.ts";
import type { FeatureState } from "./feature.ts";
import { messages } from "./messages.ts";
import { sentence } from "./sentence.ts";

/** How serious it is; views choose a colour for it and never rely on the colour alone. */
export type Tone = "good" | "waiting" | "bad";

/** The status line. */
export interface StatusLine {
  readonly tone: Tone;
  readonly text: string;
}

/** What a person can do about a notice. */
export type NoticeAction = "pair_again" | "check_again" | "dismiss";

/** A notice. */
export interface Notice {
  readonly tone: Exclude<Tone, "good">;
  readonly title: string;
  readonly advice: string;
  readonly actions: readonly NoticeAction[];
}

/** The status line of a link. */
export function statusLine({ link, wasOnline }: DeskState): StatusLine {
  const { status } = messages;
  switch (link) {
    case "online":
      return { tone: "good", text: status.online };
    case "removed":
      return { tone: "bad", text: status.removed };
    case "closed":
      return { tone: "bad", text: status.closed };
    case "connecting":
    case "offline":
      return { tone: "waiting", text: wasOnline ? status.reconnecting : status.connecting };
  }
}

/** What is wrong with the link or the last press, if anything: what must be mended first. */
export function notice({ link, failure }: DeskState): Notice | undefined {
  const { problem } = messages;
  if (link === "removed") {
    return { tone: "bad", ...problem.removed, actions: ["pair_again", "check_again"] };
  }
  switch (failure?.kind) {
    case "not_sent":
      return { tone: "waiting", ...problem.notSent, actions: ["dismiss"] };
    case "unsure":
      return { tone: "waiting", ...problem.unsure, actions: ["dismiss"] };
  }
  if (link === "offline") {
    return { tone: "waiting", ...problem.offline, actions: ["check_again"] };
  }
  switch (failure?.kind) {
    case "too_fast":
      return { tone: "waiting", ...problem.tooFast, actions: ["dismiss"] };
    case "refused": {
      const said = [failure.message, failure.hint].filter((text) => text !== undefined);
      const advice = said.map(sentence).join(" ") || problem.failed.advice;
      return { tone: "bad", title: problem.failed.title, advice, actions: ["dismiss"] };
    }
  }
  return undefined;
}

/**
 * What is wrong with a part of the computer, if anything.
 *
 * @param title What can not be done, in a sentence.
 */
export function featureNotice(
  state: FeatureState<unknown>,
  { title, advice }: { readonly title: string; readonly advice: string },
): Notice | undefined {
  switch (state.kind) {
    case "denied":
      return { tone: "bad", ...messages.problem.denied, actions: ["check_again"] };
    case "unavailable": {
      const reason = state.reason ? sentence(state.reason) : advice;
      return { tone: "bad", title, advice: reason, actions: ["check_again"] };
    }
    default:
      return undefined;
  }
}

/** Whether pressing a button does something, as far as is known. */
export function isLive({ link }: DeskState, { kind }: FeatureState<unknown>): boolean {
  return link === "online" && (kind === "ready" || kind === "unknown");
}
