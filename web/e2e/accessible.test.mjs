/** Every screen of the web remote before axe, and worked with nothing but a keyboard. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { findsNothing } from "./axe.mjs";
import { byRole, launch, openPage, PHONE, showsText, speak } from "./browser.mjs";
import { EVERYTHING } from "./furnished-desk.mjs";
import { startStandIn } from "./peer.mjs";
import { calls, enterCode, eventually, goTo, pairByCode, tap } from "./visit.mjs";

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
        await findsNothing(page, "asked for the code");
        await enterCode(page, "11112222");
        await showsText(page, "attempts are left");
        await findsNothing(page, "a wrong code");
        await enterCode(page, "48217305");
        await byRole(page, "button", "They match");
        await findsNothing(page, "paired");
      });

      it("in every part", async () => {
        await pairByCode(page, peer);
        for (const part of ["Slides", "Screen", "Media", "Touchpad", "Switches", "Computer"]) {
          await goTo(page, part);
          await page.waitForFunction(() => document.querySelector("[aria-busy]") === null);
          await findsNothing(page, part);
        }
      });

      it("in dialogs, and when things are not as they should be", async () => {
        await pairByCode(page, peer);
        await tap(page, "Program: LibreOffice Impress");
        await findsNothing(page, "programs");
        await page.keyboard.press("Escape");
        await (await page.waitForSelector(".time")).tap();
        await findsNothing(page, "timer");
        await page.keyboard.press("Escape");
        await goTo(page, "Switches");
        await tap(page, "Schedule of Water pump");
        await byRole(page, "button", "Save");
        await findsNothing(page, "schedule");
        await page.keyboard.press("Escape");
        await goTo(page, "Slides");
        await page.setOfflineMode(true);
        peer.daemon.hangUp();
        await showsText(page, "The computer does not answer.");
        await findsNothing(page, "offline");
        await page.setOfflineMode(false);
        peer.daemon.unpairAll();
        await showsText(page, "Removed by the computer");
        await findsNothing(page, "removed");
      });
    });
  }
}

it("axe finds nothing in German", async () => {
  ({ page } = await openPage(chromium.browser));
  await pairByCode(page, peer);
  await speak(page, "de-DE");
  await page.reload();
  await showsText(page, "Verbunden");
  for (const tab of await page.$$("nav button")) {
    await tab.tap();
    await page.waitForFunction(() => document.querySelector("[aria-busy]") === null);
    await findsNothing(page, await tab.evaluate(({ innerText }) => innerText));
  }
});

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
