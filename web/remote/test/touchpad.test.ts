/** What fingers on the touchpad mean. */

import { expect, it } from "vitest";
import { type Gesture, Touchpad } from "../src/touchpad.ts";

/** Plays what fingers do: `down`, `move` and `up` of a finger, at a place and a time. */
function play(
  ...steps: [what: "down" | "move" | "up", finger: number, x: number, y: number, at: number][]
) {
  const pad = new Touchpad();
  const gestures: Gesture[] = [];
  for (const [what, finger, x, y, at] of steps) {
    const gesture =
      what === "down"
        ? pad.down(finger, x, y, at)
        : what === "move"
          ? pad.move(finger, x, y)
          : pad.up(finger, at);
    if (gesture) {
      gestures.push(gesture);
    }
  }
  return gestures;
}

it("takes a tap for a click, and one of two fingers for a right click", () => {
  expect(play(["down", 1, 50, 50, 0], ["move", 1, 53, 51, 50], ["up", 1, 53, 51, 100])).toEqual([
    { kind: "click", button: "left" },
  ]);
  expect(
    play(
      ["down", 1, 50, 50, 0],
      ["down", 2, 90, 50, 20],
      ["up", 1, 50, 50, 90],
      ["up", 2, 90, 50, 99],
    ),
  ).toEqual([{ kind: "click", button: "right" }]);
});

it("takes a long press and three fingers for nothing", () => {
  expect(play(["down", 1, 50, 50, 0], ["up", 1, 50, 50, 900])).toEqual([]);
  expect(
    play(
      ["down", 1, 1, 1, 0],
      ["down", 2, 50, 1, 0],
      ["down", 3, 99, 1, 0],
      ["up", 1, 1, 1, 50],
      ["up", 2, 50, 1, 50],
      ["up", 3, 99, 1, 50],
    ),
  ).toEqual([]);
});

it("moves the pointer faster than a fast finger, and as fast as a slow one", () => {
  const [fast] = play(["down", 1, 0, 0, 0], ["move", 1, 40, 0, 10]);
  expect(fast).toEqual({ kind: "move", dx: 140, dy: 0 });
  const moves = play(["down", 1, 0, 0, 0], ["move", 1, 12, 0, 10], ["move", 1, 13, 0, 20]);
  expect(moves.at(-1)).toEqual({ kind: "move", dx: 1, dy: 0 });
});

it("turns the wheel with two fingers, in whole steps, against the way they go", () => {
  const steps = play(
    ["down", 1, 0, 0, 0],
    ["down", 2, 50, 0, 0],
    ["move", 1, 0, 40, 10],
    ["move", 2, 50, 40, 10],
    ["move", 1, 0, 56, 20],
    ["move", 2, 50, 56, 20],
    ["up", 1, 0, 56, 30],
    ["up", 2, 50, 56, 30],
  );
  expect(steps).toEqual([
    { kind: "scroll", dx: 0, dy: -1 },
    { kind: "scroll", dx: 0, dy: -1 },
  ]);
});

it("does nothing more with fingers that the browser took away", () => {
  const pad = new Touchpad();
  pad.down(1, 0, 0, 0);
  pad.cancel();
  expect(pad.move(1, 99, 0)).toBeUndefined();
  expect(pad.up(1, 10)).toBeUndefined();
});
