/** Who counts as watching a film. */

import { expect, it } from "vitest";
import { Audience } from "../src/background/audience.ts";
import { PULSE } from "../src/protocol.ts";

const viewer = (tab: number, frame = 0, site: string | undefined = "films.example") => ({
  tab,
  frame,
  site,
});

it("watches until every viewer has stopped", () => {
  const audience = new Audience();
  audience.heard(viewer(1), true, 0);
  audience.heard(viewer(2, 7), true, 0);
  audience.heard(viewer(1), false, 1);
  expect(audience.isWatching([])).toBe(true);
  audience.heard(viewer(2, 7), false, 2);
  expect(audience.isWatching([])).toBe(false);
});

it("forgets the frames of a tab that is closed, and no others", () => {
  const audience = new Audience();
  audience.heard(viewer(1, 0), true, 0);
  audience.heard(viewer(1, 3), true, 0);
  audience.heard(viewer(2), true, 0);
  audience.left(1);
  expect(audience.isWatching([])).toBe(true);
  audience.left(2);
  expect(audience.isWatching([])).toBe(false);
});

it("forgets who misses three pulses, and not who misses two", () => {
  const audience = new Audience();
  audience.heard(viewer(1), true, 0);
  audience.sweep(3 * PULSE);
  expect(audience.isWatching([])).toBe(true);
  audience.heard(viewer(1), true, 3 * PULSE);
  audience.sweep(6 * PULSE);
  expect(audience.isWatching([])).toBe(true);
  audience.sweep(7 * PULSE);
  expect(audience.isWatching([])).toBe(false);
});

it("does not count viewers on sites that are switched off", () => {
  const audience = new Audience();
  audience.heard(viewer(1), true, 0);
  expect(audience.isWatching(["films.example"])).toBe(false);
  expect(audience.isWatching(["www.films.example"])).toBe(true);
  audience.heard({ tab: 2, frame: 0, site: undefined }, true, 0);
  expect(audience.isWatching(["films.example"])).toBe(true);
});
