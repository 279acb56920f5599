/** The web remote in a real browser, pairing with a daemon whose owner is asked: `deskconn pair --confirm`. */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { byRole, showsText } from "./browser.mjs";
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
