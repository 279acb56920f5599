/** What the page says of the computer, and what it sends to its desk. */

import { expect, it } from "vitest";
import { facts } from "../src/host-facts.ts";
import { webAddress } from "../src/web-address.ts";

it.each([
  ["https://example.org/a?b#c", "https://example.org/a?b#c"],
  [" example.org ", "https://example.org/"],
  ["localhost:8080/x", "https://localhost:8080/x"],
  ["http://köln.de/straße", "http://xn--kln-sna.de/stra%C3%9Fe"],
  ["javascript:alert(1)", undefined],
  ["javascript://example.org/%0aalert(1)", undefined],
  ["file:///etc/passwd", undefined],
  ["data:text/html,x", undefined],
  ["mailto:ana@example.org", undefined],
  ["https://ana:secret@example.org/", undefined],
  ["two words", undefined],
  ["", undefined],
])("%j is the address %j", (written, address) => {
  expect(webAddress(written)).toBe(address);
});

it("says what the computer tells and leaves out the rest", () => {
  expect(facts({ available: true, name: "attic" })).toEqual([]);
  const told = facts({
    available: true,
    name: "attic",
    load: { one: 0.52, five: 0, fifteen: 0 },
    cores: 4,
    memory: { total: 16e9, available: 9e9 },
    disk: { total: 500e9, available: 120e9 },
    temperature: 48.4,
    battery: { percent: 80, state: "discharging", minutes_left: 95 },
  });
  expect(told.map(([, value]) => value)).toEqual([
    "80 %, discharging, 1\u00A0h 35\u00A0min left",
    "0.5 of 4",
    "7.0 of 16.0 GB in use",
    "380 of 500 GB in use",
    "48 °C",
  ]);
});
