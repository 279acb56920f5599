/**
 * A film in full screen, with the extension, a real daemon and the file that stands for a backlight.
 *
 * DESKCONN_BROWSER=chromium or firefox; DESKCONN_ADDRESS=127.0.0.1:… and DESKCONN_CODE=48217305 pair it, and
 * DESKCONN_BACKLIGHT names the file, which says 300 of 1000 at first.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { byRole, launch, launchFirefox, PATIENCE } from "./browser.mjs";
import { allowed, built, cinema, openedSettings, pair } from "./extension.mjs";

const { DESKCONN_BROWSER, DESKCONN_ADDRESS, DESKCONN_CODE, DESKCONN_BACKLIGHT } = process.env;

const films = await cinema();
const { browser, close } = await start();
try {
  const settings = await openedSettings(browser);
  const page = await browser.newPage();
  await page.goto(films.url("/box"));
  await settings.bringToFront();
  await pair(settings, DESKCONN_ADDRESS, DESKCONN_CODE);
  await letSee(settings);
  await page.bringToFront();
  await page.click("#go");
  await level("1000", "in full screen");
  await page.evaluate(() => document.exitFullscreen());
  await level("300", "left again");
  await page.click("#go");
  await level("1000", "in full screen again");
  process.kill(browser.process().pid, "SIGKILL");
  await level("300", "the browser was killed");
} finally {
  films.close();
  await close();
}

// What a killed browser leaves behind holds its output open, and with it this program.
process.exit();

/** Starts the browser with the extension. */
async function start() {
  if (DESKCONN_BROWSER === "firefox") {
    return launchFirefox({ extension: built("firefox") });
  }
  const { folder, remove } = await allowed();
  const { browser, close } = await launch({ extension: folder });
  return { browser, close: () => close().then(remove) };
}

/** Lets the extension see the page that is open already, unless it may from the start. */
async function letSee(settings) {
  if (DESKCONN_BROWSER === "firefox") {
    await (await byRole(settings, "switch", "Brighten on every site")).click();
    await settings.waitForSelector('[role="switch"][aria-checked="true"]');
  }
}

/** Waits until the backlight is at a level. */
async function level(wanted, when) {
  let seen = "";
  for (const end = Date.now() + PATIENCE; seen !== wanted && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    seen = (await readFile(DESKCONN_BACKLIGHT, "utf8")).trim();
  }
  assert.equal(seen, wanted, when);
  console.log(`${when}: ${seen}`);
}
