/** The talk's timer. */

import { expect, it } from "vitest";
import {
  clockText,
  mark,
  NEW_TIMER,
  passedAt,
  pause,
  readTimer,
  reset,
  signBetween,
  start,
} from "../src/talk-timer.ts";

const MINUTE = 60_000;

it("counts while it runs, and keeps marks", () => {
  const running = start({ ...NEW_TIMER, length: 20 * MINUTE }, 1000);
  expect(passedAt(running, 61_000)).toBe(MINUTE);
  expect(start(running, 9999)).toBe(running);
  const marked = mark(running, 31_000);
  const resting = pause(marked, 61_000);
  expect(passedAt(resting, 1e9)).toBe(MINUTE);
  expect(resting.marks).toEqual([30_000]);
  const again = start(resting, 2e9);
  expect(passedAt(again, 2e9 + 5)).toBe(MINUTE + 5);
  expect(reset(again)).toEqual({ ...NEW_TIMER, length: 20 * MINUTE });
});

it("does not run backwards when the clock is set", () => {
  expect(passedAt(start(NEW_TIMER, 5000), 1000)).toBe(0);
});

it.each([
  [20, 15 * MINUTE - 1, 15 * MINUTE, 5 * MINUTE],
  [20, 19 * MINUTE - 1, 19 * MINUTE + 500, MINUTE],
  [20, 19.9 * MINUTE, 20 * MINUTE, 0],
  [20, 20 * MINUTE, 21 * MINUTE, undefined],
  [20, 0, 21 * MINUTE, 0],
  [5, 0, 1000, undefined],
  [undefined, 0, 99 * MINUTE, undefined],
])("in a talk of %s minutes, from %s to %s, gives the sign %s", (length, from, to, sign) => {
  const timer = { ...NEW_TIMER, length: length && length * MINUTE };
  expect(signBetween(timer, from, to)).toBe(sign);
});

it.each([
  [0, "0:00"],
  [83_000, "1:23"],
  [599_999, "9:59"],
  [3_723_000, "1:02:03"],
  [-61_000, "−1:01"],
])("writes %s as %s", (ms, text) => {
  expect(clockText(ms)).toBe(text);
});

it("outlives a page, and anything that is no timer is a new one", () => {
  const timer = mark(start({ ...NEW_TIMER, length: MINUTE }, 1), 2);
  expect(readTimer(JSON.stringify(timer))).toEqual(timer);
  for (const text of [null, "", "[]", "null", '{"passed":-1}', '{"passed":"1"}']) {
    expect(readTimer(text)).toEqual(NEW_TIMER);
  }
});
