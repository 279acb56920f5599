/**
 * The web remote on devices of a real kernel: pairs, turns slides, and when its owner lets it, moves the pointer,
 * types and switches a lamp, until a sensor says that it is on.
 *
 * DESKCONN_URL=http://… and DESKCONN_CODE=48217305. Whoever starts this grants `input`, `gpio:lamp` and `gpio:door`
 * once it is paired, reads the devices, and switches the sensor on when the lamp is.
 */

import { byRole, launch, openPage, showsText } from "./browser.mjs";
import { draw, enterCode, goTo, tap } from "./visit.mjs";

const { DESKCONN_URL, DESKCONN_CODE } = process.env;

const { browser, close } = await launch();
try {
  const { page } = await openPage(browser);
  await page.goto(DESKCONN_URL);
  await enterCode(page, DESKCONN_CODE);
  await tap(page, "They match");
  await showsText(page, "Connected");
  await tap(page, "Next slide");
  await page.keyboard.press("ArrowLeft");

  await goTo(page, "Touchpad");
  await draw(page, { from: [200, 200], to: [260, 230] });
  await page.touchscreen.tap(200, 200);
  await (await byRole(page, "textbox", "Type")).type("hi");
  await tap(page, "Enter");

  await goTo(page, "Switches");
  await tap(page, "Lamp", "switch");
  await page.waitForSelector('[role=switch][aria-checked="true"]');
  await showsText(page, "Sensor · On");
  await showsText(page, "Connected");
} finally {
  await close();
}
