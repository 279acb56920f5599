/** Addresses and sites as people and browsers write them, and the words for how things are. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { groupDigits, parseAddress } from "../src/panel/address.ts";
import { notice, statusLine } from "../src/panel/notice.ts";
import type { PanelState } from "../src/protocol.ts";
import { patternOf, siteOf, siteOfPattern, webOrigins } from "../src/sites.ts";

const CATALOGUE = catalogue("en");

beforeAll(() => {
  const getMessage = (key: string, filledIn: string[]) =>
    [CATALOGUE[key]?.message ?? "", ...filledIn].join("|");
  vi.stubGlobal("chrome", { i18n: { getMessage } });
});

it.each([
  ["127.0.0.1:5020", "127.0.0.1:5020"],
  [" study-laptop.local ", "study-laptop.local:5020"],
  ["http://192.0.2.7:5021/", "192.0.2.7:5021"],
  ["192.0.2.7:80", "192.0.2.7:80"],
  ["[2001:db8::7]:5020", "[2001:db8::7]:5020"],
  ["[2001:DB8::7]", "[2001:db8::7]:5020"],
  ["", undefined],
  ["two words", undefined],
  ["host:99999", undefined],
  ["user@host", undefined],
  ["host/path", undefined],
])("the address %j is %j", (typed, address) => {
  expect(parseAddress(typed)).toBe(address);
});

it("says everything in every language, with the same blanks to fill in", () => {
  const blanks = (language: string) =>
    Object.entries(catalogue(language)).map(([key, { message }]) => [
      key,
      (message.match(/\$\w+\$/g) ?? []).sort(),
    ]);
  expect(blanks("de")).toEqual(blanks("en"));
});

it("digits are grouped however they come", () => {
  expect(["48217305", "4821-73 05", "482", "4821730599"].map(groupDigits)).toEqual([
    "4821 7305",
    "4821 7305",
    "482",
    "4821 7305",
  ]);
});

it("sites are hosts of web pages", () => {
  expect(siteOf("https://films.example:8080/watch?v=1")).toBe("films.example");
  for (const none of [undefined, "", "about:blank", "chrome://extensions", "file:///film.webm"]) {
    expect(siteOf(none)).toBeUndefined();
  }
  expect(siteOfPattern(patternOf("films.example"))).toBe("films.example");
  expect(siteOfPattern("*://*/*")).toBeUndefined();
  expect(webOrigins(["https://b.example/*", "file:///*", "*://a.example/*"])).toEqual([
    "*://a.example/*",
    "https://b.example/*",
  ]);
});

describe("a popup", () => {
  const ONLINE: PanelState = {
    asking: undefined,
    computer: { id: "c".repeat(32), name: "study-laptop", host: "127.0.0.1:5020" },
    device: "3f7kabcd",
    link: "online",
    blocked: undefined,
    screen: { kind: "ready" },
    slides: { kind: "ready" },
    boosted: false,
    pressFailed: false,
  };

  it("has nothing to complain of when all is well", () => {
    expect(notice(ONLINE)).toBeUndefined();
    expect(statusLine(ONLINE)).toEqual({ tone: "good", text: "Connected" });
    expect(statusLine({ ...ONLINE, boosted: true }).text).toBe("Connected, screen brightened");
  });

  it.each<[Partial<PanelState>, string, string]>([
    [{ link: "unpaired", computer: undefined }, "Pair with your computer first.", "settings"],
    [{ link: "offline" }, "The computer does not answer.", "check"],
    [{ link: "offline", blocked: "upgraded" }, "The browser insists on TLS.", "check"],
    [
      { link: "connecting", blocked: "local_network" },
      "The browser keeps the extension from local networks.",
      "check",
    ],
    [{ link: "removed" }, "The computer no longer knows this browser.", "settings"],
    [
      { screen: { kind: "denied" } },
      "The computer does not let this browser set the brightness.",
      "check",
    ],
    [
      { screen: { kind: "missing" } },
      "The computer can not set the brightness of its screen.",
      "check",
    ],
    [
      { slides: { kind: "denied" }, pressFailed: true },
      "The computer does not let this browser turn slides.",
      "check",
    ],
    [{ pressFailed: true }, "The computer did not do that.", "check"],
  ])("says of %j that %j", (change, title, remedy) => {
    expect(notice({ ...ONLINE, ...change })).toMatchObject({ title, remedy });
  });

  it("does not complain of slides that nobody has tried to turn", () => {
    expect(notice({ ...ONLINE, slides: { kind: "missing" } })).toBeUndefined();
  });

  it("says what the computer says where it knows best", () => {
    const screen = { kind: "unavailable", reason: "no backlight here" } as const;
    expect(notice({ ...ONLINE, screen })?.advice).toBe("no backlight here");
    expect(notice({ ...ONLINE, screen: { kind: "denied" } })?.advice).toMatch(
      /\|3f7k\|screen.brightness$/,
    );
  });
});

/** The texts in a language, by their keys. */
function catalogue(language: string): Record<string, { message: string }> {
  const file = new URL(`../public/_locales/${language}/messages.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"));
}
