/** What fingers, keys and clipboards give, and what the page makes of it. */

import { expect, it } from "vitest";
import { groupDigits } from "../src/code-field.ts";
import { actionForKey, type KeyPress } from "../src/keys.ts";
import { sentence } from "../src/sentence.ts";
import { actionForSwipe } from "../src/swipe.ts";
import { profileOf } from "../src/this-device.ts";

it.each([
  ["", ""],
  ["4821", "4821"],
  ["48217", "4821 7"],
  ["48217305", "4821 7305"],
  ["4821-73 05", "4821 7305"],
  ["code: 4821 7305!", "4821 7305"],
  ["482173059999", "4821 7305"],
])("groups the digits of %j as %j", (typed, shown) => {
  expect(groupDigits(typed)).toBe(shown);
});

const key: KeyPress = {
  key: "ArrowRight",
  repeat: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  defaultPrevented: false,
};

it.each([
  ["ArrowRight", "next"],
  ["PageDown", "next"],
  [" ", "next"],
  ["ArrowLeft", "previous"],
  ["PageUp", "previous"],
  ["Home", "first"],
  ["End", "last"],
  ["AudioVolumeUp", "next"],
  ["AudioVolumeDown", "previous"],
  ["B", "black"],
  [".", "black"],
  ["w", "white"],
  ["x", undefined],
  ["Enter", undefined],
])("takes the key %j for %s", (name, action) => {
  expect(actionForKey({ ...key, key: name }, false)).toBe(action);
});

it("leaves combinations, held keys and the space bar on a button alone", () => {
  expect(actionForKey({ ...key, ctrlKey: true }, false)).toBeUndefined();
  expect(actionForKey({ ...key, altKey: true }, false)).toBeUndefined();
  expect(actionForKey({ ...key, metaKey: true }, false)).toBeUndefined();
  expect(actionForKey({ ...key, repeat: true }, false)).toBeUndefined();
  expect(actionForKey({ ...key, key: " " }, true)).toBeUndefined();
});

it.each([
  [{ x: 300, y: 400 }, { x: 80, y: 420 }, "next"],
  [{ x: 80, y: 400 }, { x: 300, y: 380 }, "previous"],
  [{ x: 80, y: 400 }, { x: 100, y: 400 }, undefined],
  [{ x: 80, y: 400 }, { x: 160, y: 500 }, undefined],
])("takes a finger from %o to %o for %s", (from, to, action) => {
  expect(actionForSwipe(from, to)).toBe(action);
});

it.each([
  [
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Safari on iPhone",
  ],
  ["Mozilla/5.0 (Android 15; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0", "Firefox on Android"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0",
    "Edge on Windows",
  ],
  ["something else", "Browser"],
])("calls %j %s", (userAgent, name) => {
  expect(profileOf(userAgent).name).toBe(name);
});

it.each([
  ["run `deskconn pair` on the computer", "Run “deskconn pair” on the computer."],
  ["Already a sentence.", "Already a sentence."],
  ["nothing runs; hint: run `x` first", "Nothing runs. Run “x” first."],
  ["", ""],
])("makes %j a sentence", (message, shown) => {
  expect(sentence(message)).toBe(shown);
});
