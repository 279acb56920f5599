/** Every screen of the web remote before axe, and worked with nothing but a keyboard. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { byRole, launch, openPage, PHONE, showsText } from "./browser.mjs";
import { EVERYTHING } from "./furnished-desk.mjs";
import { startStandIn } from "./peer.mjs";
import { calls, enterCode, eventually, goTo, pairByCode, tap } from "./visit.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DESK = { width: 1280, height: 800 };

let chromium;
let peer;
let page;

before(async () => {
  chromium = await launch();
});

after(() => chromium.close());

beforeEach(async () => {
  peer = await startStandIn();
  peer.daemon.grants = EVERYTHING;
});

afterEach(async () => {
  await page.browserContext().close();
  await peer.daemon.stop();
});

for (const [name, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  for (const scheme of ["light", "dark"]) {
    describe(`axe finds nothing, ${name}, ${scheme}`, () => {
      beforeEach(async () => {
        ({ page } = await openPage(chromium.browser, { viewport, scheme }));
      });

      it("while pairing", async () => {
        peer.daemon.pairing.openWindow({ code: "48217305" });
        await page.goto(peer.url);
        await byRole(page, "textbox", "Pairing code");
        await finds("asked for the code");
        await enterCode(page, "11112222");
        await showsText(page, "attempts are left");
        await finds("a wrong code");
        await enterCode(page, "48217305");
        await byRole(page, "button", "They match");
        await finds("paired");
      });

      it("in every part", async () => {
        await pairByCode(page, peer);
        for (const part of ["Slides", "Screen", "Media", "Touchpad", "Switches", "Computer"]) {
          await goTo(page, part);
          await page.waitForFunction(() => document.querySelector("[aria-busy]") === null);
          await finds(part);
        }
      });

      it("in dialogs, and when things are not as they should be", async () => {
        await pairByCode(page, peer);
        await tap(page, "Program: LibreOffice Impress");
        await finds("programs");
        await page.keyboard.press("Escape");
        await (await page.waitForSelector(".time")).tap();
        await finds("timer");
        await page.keyboard.press("Escape");
        await goTo(page, "Switches");
        await tap(page, "Schedule of Water pump");
        await byRole(page, "button", "Save");
        await finds("schedule");
        await page.keyboard.press("Escape");
        await goTo(page, "Slides");
        await page.setOfflineMode(true);
        peer.daemon.hangUp();
        await showsText(page, "The computer does not answer.");
        await finds("offline");
        await page.setOfflineMode(false);
        peer.daemon.unpairAll();
        await showsText(page, "Removed by the computer");
        await finds("removed");
      });
    });
  }
}

describe("a keyboard alone", () => {
  it("reaches and works everything in a sensible order", async () => {
    ({ page } = await openPage(chromium.browser, { viewport: DESK }));
    await pairByCode(page, peer);
    await focus("Screen");
    await page.keyboard.press("Enter");
    await byRole(page, "slider", "Brightness");
    await focus("Brightness");
    await page.keyboard.press("ArrowUp");
    await calls(peer, "screen.brightness.set");
    await focus("Lock the screen");
    await page.keyboard.press("Space");
    await showsText(page, "The screen is locked.");
    await focus("Slides");
    await page.keyboard.press("Enter");
    await focus("Program: LibreOffice Impress");
    await page.keyboard.press("Enter");
    await focus("Okular");
    await page.keyboard.press("Enter");
    await byRole(page, "button", "Program: Okular");
    const isFocused = () => page.evaluate(() => document.activeElement !== document.body);
    await eventually("the focus is back where it was", isFocused);
  });
});

/** Presses Tab until the control of this name has the focus. */
async function focus(name) {
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return element?.ariaLabel ?? element?.innerText.trim();
    });
  for (let presses = 0; presses < 60 && (await focused()) !== name; presses += 1) {
    await page.keyboard.press("Tab");
  }
  assert.equal(await focused(), name);
}

/** Has axe look at the page as it is. */
async function finds(where) {
  // In a world of its own, which the page's policy does not reach.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const told = violations.map(
    ({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
  assert.deepEqual(told, []);
}
