/** The web remote and the extension in a real browser, pairing with a daemon whose owner is asked: `pair --confirm`. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { byRole, launch, showsText } from "./browser.mjs";
import { built, enterPairing, openedSettings } from "./extension.mjs";
import { RealDaemon } from "./real-daemon.mjs";
import { NEEDS_DAEMON, stage } from "./real-page.mjs";
import { enterCode, tap } from "./visit.mjs";

const WORDS = /Words (\S+ \S+)/;

describe("pairing with an owner who is asked", NEEDS_DAEMON, () => {
  const scene = stage();
  let window;

  beforeEach(async () => {
    const { page, daemon } = scene;
    window = await daemon.pair("--confirm");
    await page.goto(daemon.url);
    await enterCode(page, window.code);
    await showsText(page, "Allow it on the computer");
    const [, words] = await window.said(WORDS);
    assert.equal(await page.$eval(".words p", ({ textContent }) => textContent), words);
    assert.equal(await daemon.device(), undefined);
  });

  it("goes on when the owner has said yes", async () => {
    const { page } = scene;
    window.answer("y");
    await showsText(page, "Paired with study");
    await tap(page, "They match");
    await showsText(page, "Connected");
  });

  it("says that the owner said no, and that the code is spent", async () => {
    const { page, daemon } = scene;
    window.answer("n");
    await showsText(page, "This device was not let in.");
    await showsText(page, "The owner of that computer did not let this device in.");
    await enterCode(page, window.code);
    await showsText(page, "The computer is not pairing right now.");
    assert.equal(await daemon.device(), undefined);
  });

  it("says that the owner went away", async () => {
    const { page, daemon } = scene;
    window.close();
    await showsText(page, "The pairing was cancelled at that computer.");
    await byRole(page, "textbox", "Pairing code");
    assert.equal(await daemon.device(), undefined);
  });

  // The owner has 45 s.
  it("says that the owner said nothing", async () => {
    const { page, daemon } = scene;
    page.setDefaultTimeout(90_000);
    await showsText(page, "Nobody answered at that computer whether this device may in.");
    assert.equal(await daemon.device(), undefined);
  });
});

describe("pairing the extension with an owner who is asked", NEEDS_DAEMON, () => {
  let chromium;
  let daemon;
  let settings;

  beforeEach(async () => {
    chromium = await launch({ extension: built("chromium") });
    settings = await openedSettings(chromium.browser);
    daemon = await RealDaemon.start();
  });

  afterEach(async () => {
    await chromium.close();
    await daemon.end();
  });

  it("shows the words meanwhile, and says what the owner said", async () => {
    for (const [answer, shown] of [
      ["n", "The computer says: “the owner of that computer did not let this device in”."],
      ["y", "Paired with study"],
    ]) {
      const window = await daemon.pair("--confirm");
      await enterPairing(settings, `127.0.0.1:${daemon.relay.port}`, window.code);
      await showsText(settings, "Allow it on the computer");
      const [, words] = await window.said(WORDS);
      assert.equal(await settings.$eval(".words p", ({ textContent }) => textContent), words);
      assert.equal(await daemon.device(), undefined);
      window.answer(answer);
      await showsText(settings, shown);
    }
  });
});
