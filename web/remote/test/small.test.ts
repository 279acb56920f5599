/** The small rules of the page: parts and grants, sliders, languages. */

import { expect, it } from "vitest";
import { linesOf, tabsFor } from "../src/grants.ts";
import { de } from "../src/messages/de.ts";
import { en } from "../src/messages/en.ts";
import { catalogueIn, languageFor } from "../src/messages.ts";
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

it("speaks the best language there is, and English else", async () => {
  expect(languageFor(["de-AT", "en"])).toBe("de");
  expect(languageFor(["fr", "DE"])).toBe("de");
  expect(languageFor(["fr"])).toBe("en");
  expect(languageFor([])).toBe("en");
  expect((await catalogueIn("de")).present.actions.next).toBe("Weiter");
  expect(await catalogueIn("tlh")).toBe(en);
});

it("says everything in every language, and nothing with the words of another", () => {
  expect(Object.keys(flat(de))).toEqual(Object.keys(flat(en)));
  const [english, german] = [flat(en), flat(de)].map(
    (texts) => new Set(Object.values(texts).filter((text) => /\w \w/.test(text))),
  );
  expect([...(english ?? [])].filter((text) => german?.has(text))).toEqual([]);
  expect([...Object.values(flat(en)), ...Object.values(flat(de))]).not.toContain("");
});

/** The texts of a catalogue by their paths; those that take something, with this taken. */
function flat(texts: object, path = ""): Record<string, string> {
  const entries = Object.entries(texts).flatMap(([key, text]): [string, string][] => {
    const here = `${path}/${key}`;
    if (typeof text === "object") {
      return Object.entries(flat(text, here));
    }
    return [[here, typeof text === "function" ? text("…", "…") : text]];
  });
  return Object.fromEntries(entries);
}
