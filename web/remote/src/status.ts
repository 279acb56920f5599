/** The words for how things are: one line that is always there, and a notice when something is wrong. */

import { messages } from "./messages.ts";
import type { PresenterState } from "./presenter.ts";
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

/** The status line of a presenter. */
export function statusLine({ link, wasOnline, slides }: PresenterState): StatusLine {
  const { status } = messages;
  if (link === "removed") {
    return { tone: "bad", text: status.removed };
  }
  if (link === "closed") {
    return { tone: "bad", text: status.closed };
  }
  if (link !== "online") {
    return { tone: "waiting", text: wasOnline ? status.reconnecting : status.connecting };
  }
  if (slides.kind === "unavailable" || slides.kind === "denied") {
    return { tone: "bad", text: status.noSlides };
  }
  return { tone: "good", text: status.online };
}

/** Whether pressing a key does something, as far as is known. */
export function isLive({ link, slides }: PresenterState): boolean {
  return link === "online" && (slides.kind === "ready" || slides.kind === "unknown");
}

/** What is wrong, if anything: the thing that must be mended first. */
export function notice({ link, slides, failure }: PresenterState): Notice | undefined {
  const { problem } = messages;
  if (link === "removed") {
    return { tone: "bad", ...problem.removed, actions: ["pair_again", "check_again"] };
  }
  if (failure?.kind === "not_sent") {
    return { tone: "waiting", ...problem.notSent, actions: ["dismiss"] };
  }
  if (failure?.kind === "unsure") {
    return { tone: "waiting", ...problem.unsure, actions: ["dismiss"] };
  }
  if (link === "offline") {
    return { tone: "waiting", ...problem.offline, actions: ["check_again"] };
  }
  if (link !== "online") {
    return undefined;
  }
  if (slides.kind === "denied") {
    return { tone: "bad", ...problem.denied, actions: ["check_again"] };
  }
  if (slides.kind === "unavailable") {
    const advice = slides.reason ? sentence(slides.reason) : problem.noSlides.advice;
    return { tone: "bad", title: problem.noSlides.title, advice, actions: ["check_again"] };
  }
  if (failure?.kind === "too_fast") {
    return { tone: "waiting", ...problem.tooFast, actions: ["dismiss"] };
  }
  if (failure?.kind === "refused") {
    const said = [failure.message, failure.hint].filter((text) => text !== undefined);
    const advice = said.map(sentence).join(" ") || problem.failed.advice;
    return { tone: "bad", title: problem.failed.title, advice, actions: ["dismiss"] };
  }
  return undefined;
}
