/** A page of the real daemon's, for each test of a suite. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { byRole, launch, openPage, showsText } from "./browser.mjs";
import { isThere, RealDaemon } from "./real-daemon.mjs";
import { enterCode, tap } from "./visit.mjs";

/** What suites that need a daemon are described with: without one they are left out. */
export const NEEDS_DAEMON = { skip: !isThere && "no DESKCONN_DAEMON" };

/**
 * Gives every test of the suite a daemon and a page, and sees to it that the page complains of nothing
 * and asks nothing of any other computer.
 *
 * @param options What is special about the daemon.
 * @returns where they are, while a test runs.
 */
export function stage(options) {
  const scene = {};
  let chromium;

  before(async () => {
    chromium = await launch();
  });

  after(() => chromium.close());

  beforeEach(async () => {
    scene.daemon = await RealDaemon.start(options);
    scene.desktop = scene.daemon.desktop;
    scene.browser = chromium.browser;
    Object.assign(scene, await openPage(chromium.browser));
  });

  afterEach(async () => {
    await scene.page.browserContext().close();
    await scene.daemon.end();
    const { host } = new URL(scene.daemon.url);
    const own = [`http://${host}/`, `ws://${host}/`];
    const isElsewhere = (address) => !own.some((origin) => address.startsWith(origin));
    assert.deepEqual(scene.addresses.filter(isElsewhere), []);
    assert.deepEqual(scene.complaints, []);
  });
  return scene;
}

/** Pairs the page with the daemon by the code it shows, and waits until it is connected. */
export async function pairWith({ page, daemon }) {
  const { code } = await daemon.pair();
  await page.goto(daemon.url);
  await enterCode(page, code);
  await tap(page, "They match");
  await showsText(page, "Connected");
  await byRole(page, "button", "Screen");
}
