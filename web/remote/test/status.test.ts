/** What the page says about every way things can be. */

import { expect, it } from "vitest";
import type { DeskState } from "../src/desk.ts";
import { featureNotice, isLive, notice, statusLine } from "../src/status.ts";

const good: DeskState = { link: "online", wasOnline: true, me: undefined, failure: undefined };

it.each<[string, Partial<DeskState>, string, string, string | undefined]>([
  ["all is well", {}, "good", "Connected", undefined],
  [
    "first connecting",
    { link: "connecting", wasOnline: false },
    "waiting",
    "Connecting…",
    undefined,
  ],
  ["connecting again", { link: "connecting" }, "waiting", "Reconnecting…", undefined],
  ["offline", { link: "offline" }, "waiting", "Reconnecting…", "The computer does not answer."],
  [
    "removed",
    { link: "removed" },
    "bad",
    "Removed by the computer",
    "The computer no longer knows this device.",
  ],
  [
    "pressed while offline",
    { link: "offline", failure: { kind: "not_sent" } },
    "waiting",
    "Reconnecting…",
    "Nothing was sent.",
  ],
  [
    "no answer to a press",
    { failure: { kind: "unsure" } },
    "good",
    "Connected",
    "The computer did not answer.",
  ],
  [
    "pressed too fast",
    { failure: { kind: "too_fast" } },
    "good",
    "Connected",
    "Too many presses at once.",
  ],
])("%s", (_, part, tone, line, title) => {
  const state = { ...good, ...part };
  expect(statusLine(state)).toEqual({ tone, text: line });
  expect(notice(state)?.title).toBe(title);
});

it("says what can not be done, why, and that it is not allowed", () => {
  const broken = { title: "No slides.", advice: "Nothing is known." };
  const reason = "run `modprobe uinput`";
  expect(featureNotice({ kind: "unavailable", reason }, broken)).toMatchObject({
    title: "No slides.",
    advice: "Run “modprobe uinput”.",
  });
  expect(featureNotice({ kind: "unavailable", reason: undefined }, broken)).toMatchObject(broken);
  expect(featureNotice({ kind: "denied" }, broken)?.title).toBe(
    "The computer does not allow this.",
  );
  expect(featureNotice({ kind: "unknown" }, broken)).toBeUndefined();
});

it("takes presses only when they may do something", () => {
  const ready = { kind: "ready", status: {} } as const;
  expect(isLive(good, ready)).toBe(true);
  expect(isLive(good, { kind: "unknown" })).toBe(true);
  expect(isLive(good, { kind: "denied" })).toBe(false);
  expect(isLive({ ...good, link: "offline" }, ready)).toBe(false);
});

it("passes the computer's words about a refused press on", () => {
  const failure = {
    kind: "refused",
    message: "no such key",
    hint: "choose another profile",
  } as const;
  expect(notice({ ...good, failure })?.advice).toBe("No such key. Choose another profile.");
});
