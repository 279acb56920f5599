/** What counts as a film that fills the screen, in documents made for tests. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Watcher } from "../src/content/watcher.ts";
import { PULSE } from "../src/protocol.ts";

interface FakeElement {
  localName: string;
  shadowRoot?: FakeElement;
  paused?: boolean;
  inside?: FakeElement[];
}

const WINDOW = Object.assign(new EventTarget(), { innerWidth: 1000, innerHeight: 600 });

/** A document as far as a watcher looks at one. */
class FakeDocument extends EventTarget {
  hidden = false;
  fullscreenElement: unknown = null;
  readonly defaultView = WINDOW;
}

let page: FakeDocument;
let said: boolean[];

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
  said = [];
  new Watcher(page as unknown as Document, (watching) => said.push(watching)).start();
});

afterEach(() => {
  WINDOW.dispatchEvent(new Event("pagehide"));
  vi.useRealTimers();
});

it("is the video itself, or one inside, or one in a shadow tree", () => {
  for (const element of [
    video(),
    { localName: "div", inside: [{ localName: "p" }, video()] },
    { localName: "x-player", shadowRoot: { localName: "", inside: [video()] } },
    {
      localName: "div",
      inside: [{ localName: "x-player", shadowRoot: { localName: "", inside: [video()] } }],
    },
  ]) {
    fill(element);
    fill(undefined);
  }
  expect(said).toEqual([true, false, true, false, true, false, true, false]);
});

it("is no video that is paused or small, and no page without one", () => {
  fill(video({ paused: true }));
  fill(video({ width: 300, height: 200 }));
  fill({ localName: "div", inside: [{ localName: "canvas" }] });
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual([]);
});

it("is left to the frame it is in", () => {
  fill({ localName: "iframe" });
  expect(vi.getTimerCount()).toBe(0);
  expect(said).toEqual([]);
});

it("is seen when it starts to play later, and still when it pauses", () => {
  const film = video({ paused: true });
  fill(film);
  film.paused = false;
  vi.advanceTimersByTime(1000);
  expect(said).toEqual([true]);
  film.paused = true;
  vi.advanceTimersByTime(1000);
  page.dispatchEvent(new Event("fullscreenchange"));
  expect(said).toEqual([true]);
});

it("is said again with every pulse", () => {
  fill(video());
  vi.advanceTimersByTime(2 * PULSE);
  expect(said).toEqual([true, true, true]);
});

it("is over when the page is hidden, and back when it is shown", () => {
  fill(video());
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(said).toEqual([true, false, true]);
});

it("is over when the page is left, and no clock goes on", () => {
  fill(video());
  WINDOW.dispatchEvent(new Event("pagehide"));
  expect(said).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});

function fill(element: FakeElement | undefined): void {
  page.fullscreenElement = element ? real(element) : null;
  page.dispatchEvent(new Event("fullscreenchange"));
}

/** Gives an element what a watcher asks elements for. */
function real(element: FakeElement): FakeElement {
  const inside = (element.inside ?? []).map(real);
  const { shadowRoot } = element;
  return Object.assign(element, {
    ownerDocument: page,
    querySelectorAll: () => inside,
    ...(shadowRoot && { shadowRoot: real(shadowRoot) }),
  });
}

function video({ paused = false, width = 1000, height = 560 } = {}) {
  return {
    localName: "video",
    paused,
    ended: false,
    getBoundingClientRect: () => ({ width, height }),
  };
}
