/** The small rules of the page: parts and grants, sliders, languages. */

import { expect, it } from "vitest";
import { linesOf, tabsFor } from "../src/grants.ts";
import { en } from "../src/messages/en.ts";
import { catalogueFor } from "../src/messages.ts";
import { Pump } from "../src/use-dial.ts";

it.each([
  [[], "computer"],
  [["slides", "status"], "slides computer"],
  [["screen.lock"], "screen computer"],
  [["gpio:lamp", "media", "input"], "media pointer lines computer"],
  [["screen.unlock", "run:backup", "gpio", "register:com.example."], "computer"],
])("a device with %j has %s", (grants, tabs) => {
  expect(tabsFor(grants).join(" ")).toBe(tabs);
});

it("knows the lines that were granted", () => {
  expect(linesOf(["gpio:lamp", "gpio:", "slides", "gpio:door_2"])).toEqual(["lamp", "door_2"]);
});

it("sends the last of the values that a finger passes, one at a time and in order", async () => {
  const sent: number[] = [];
  const answers: (() => void)[] = [];
  const send = (value: number) => {
    sent.push(value);
    return new Promise<void>((resolve) => answers.push(resolve));
  };
  const pump = new Pump();
  const first = pump.offer(1, send);
  expect(await pump.offer(2, send)).toBe(false);
  expect(await pump.offer(3, send)).toBe(false);
  expect(sent).toEqual([1]);
  answers.shift()?.();
  await Promise.resolve();
  await Promise.resolve();
  expect(sent).toEqual([1, 3]);
  answers.shift()?.();
  expect(await first).toBe(true);
});

it("speaks the best language there is, and English else", () => {
  const de = { ...en, language: "de" };
  expect(catalogueFor(["de-AT", "en"], [en, de]).language).toBe("de");
  expect(catalogueFor(["fr", "de"], [en, de]).language).toBe("de");
  expect(catalogueFor(["fr"], [en, de]).language).toBe("en");
  expect(catalogueFor([], [en]).language).toBe("en");
});
