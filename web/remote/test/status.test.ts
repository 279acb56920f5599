/** What the page says about every way things can be. */

import { expect, it } from "vitest";
import type { PresenterState } from "../src/presenter.ts";
import { isLive, notice, statusLine } from "../src/status.ts";

const good: PresenterState = {
  link: "online",
  wasOnline: true,
  slides: { kind: "ready", actions: undefined },
  failure: undefined,
};
const noSlides = { kind: "unavailable", reason: "run `modprobe uinput`" } as const;

it.each<[string, Partial<PresenterState>, string, string, string | undefined, boolean]>([
  ["all is well", {}, "good", "Connected", undefined, true],
  [
    "first connecting",
    { link: "connecting", wasOnline: false },
    "waiting",
    "Connecting…",
    undefined,
    false,
  ],
  ["connecting again", { link: "connecting" }, "waiting", "Reconnecting…", undefined, false],
  [
    "offline",
    { link: "offline" },
    "waiting",
    "Reconnecting…",
    "The computer does not answer.",
    false,
  ],
  [
    "removed",
    { link: "removed" },
    "bad",
    "Removed by the computer",
    "The computer no longer knows this device.",
    false,
  ],
  [
    "slides unavailable",
    { slides: noSlides },
    "bad",
    "Connected, slides unavailable",
    "The computer can not turn slides right now.",
    false,
  ],
  [
    "not allowed",
    { slides: { kind: "denied" } },
    "bad",
    "Connected, slides unavailable",
    "The computer does not allow this.",
    false,
  ],
  [
    "pressed while offline",
    { link: "offline", failure: { kind: "not_sent" } },
    "waiting",
    "Reconnecting…",
    "Nothing was sent.",
    false,
  ],
  [
    "no answer to a press",
    { failure: { kind: "unsure" } },
    "good",
    "Connected",
    "The computer did not answer.",
    true,
  ],
  [
    "pressed too fast",
    { failure: { kind: "too_fast" } },
    "good",
    "Connected",
    "Too many presses at once.",
    true,
  ],
])("%s", (_, part, tone, line, title, live) => {
  const state = { ...good, ...part };
  expect(statusLine(state)).toEqual({ tone, text: line });
  expect(notice(state)?.title).toBe(title);
  expect(isLive(state)).toBe(live);
});

it("passes the computer's reason on", () => {
  expect(notice({ ...good, slides: noSlides })?.advice).toBe("Run “modprobe uinput”.");
});

it("passes the computer's words about a refused press on", () => {
  const failure = {
    kind: "refused",
    message: "no such key",
    hint: "choose another profile",
  } as const;
  expect(notice({ ...good, failure })?.advice).toBe("No such key. Choose another profile.");
});
