/**
 * Takes the pictures of the web remote: every screen, light and dark, on a phone and on a desk.
 *
 * Without an argument into docs/screenshots; with a folder, those and the small and the lying phone into it.
 */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  byRole,
  launch,
  openPage,
  PHONE,
  PHONE_ON_ITS_SIDE,
  SMALL_PHONE,
  showsText,
} from "./browser.mjs";
import { EVERYTHING } from "./furnished-desk.mjs";
import { startStandIn } from "./peer.mjs";

const CODE = "48217305";
const isEverything = process.argv[2] !== undefined;
const folder = resolve(
  process.argv[2] ?? fileURLToPath(new URL("../../docs/screenshots", import.meta.url)),
);
await mkdir(folder, { recursive: true });

const peer = await startStandIn();
const chromium = await launch();

/** Every picture: its name, and how to get there from the page's address. */
const SCENES = {
  pair: (page) => byRole(page, "textbox", "Pairing code"),
  "wrong-code": async (page) => {
    await enterCode(page, "48217306");
    await showsText(page, "attempts are left");
  },
  paired: async (page) => {
    await enterCode(page, CODE);
    await byRole(page, "button", "They match");
  },
  slides: (page) => enter(page, "Slides"),
  timer: async (page) => {
    await enter(page, "Slides");
    await tap(page, "Start the timer");
    await (await page.waitForSelector(".time")).click();
    await (await page.waitForSelector("label:nth-of-type(5) .chip")).click();
    await tap(page, "Mark this moment");
  },
  viewer: async (page) => {
    await enter(page, "Slides");
    await tap(page, "Program: LibreOffice Impress");
    await showsText(page, "Evince");
  },
  screen: (page) => enter(page, "Screen"),
  media: async (page) => {
    await enter(page, "Media");
    await showsText(page, "The Lark Ascending");
  },
  touchpad: (page) => enter(page, "Touchpad"),
  switches: async (page) => {
    await enter(page, "Switches");
    await showsText(page, "Water pump");
  },
  schedule: async (page) => {
    await enter(page, "Switches");
    await tap(page, "Schedule of Water pump");
    await showsText(page, "Save");
  },
  computer: async (page) => {
    await enter(page, "Computer");
    await showsText(page, "Works");
  },
  removed: async (page) => {
    await enter(page, "Slides");
    peer.daemon.unpairAll();
    await showsText(page, "Removed by the computer");
  },
  reconnecting: async (page) => {
    await enter(page, "Slides");
    await page.setOfflineMode(true);
    peer.daemon.hangUp();
    await showsText(page, "The computer does not answer.");
  },
  unavailable: async (page) => {
    const { state } = peer.desk;
    const { slides } = state;
    const reason = "cannot open /dev/uinput: run `sudo modprobe uinput` on the computer";
    state.slides = { available: false, reason };
    await enter(page, "Slides");
    await showsText(page, "Check again");
    state.slides = slides;
  },
};

const SCREENS = {
  phone: isEverything ? PHONE : { ...PHONE, deviceScaleFactor: 1 },
  desk: { width: 1280, height: 800 },
  ...(isEverything && { small: SMALL_PHONE, side: PHONE_ON_ITS_SIDE }),
};

/** Those that only whoever works on the page looks at. */
const SEEN_BY_US = ["wrong-code", "viewer", "removed"];

peer.daemon.grants = EVERYTHING;
for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const scheme of ["light", "dark"]) {
    for (const [scene, arrange] of Object.entries(SCENES)) {
      if (!isEverything && SEEN_BY_US.includes(scene)) {
        continue;
      }
      await picture(`${scene}-${screen}-${scheme}.png`, arrange, { viewport, scheme });
    }
  }
}

await chromium.close();
await peer.daemon.stop();

async function picture(name, arrange, options) {
  peer.daemon.pairing.openWindow({ code: CODE });
  const { page } = await openPage(chromium.browser, options);
  await page.goto(peer.url);
  await arrange(page);
  await page.screenshot({ path: `${folder}/${name}` });
  await page.browserContext().close();
  console.log(name);
}

/** Pairs and goes to a part of the page. */
async function enter(page, part) {
  await enterCode(page, CODE);
  await tap(page, "They match");
  await showsText(page, "Connected");
  await tap(page, part);
}

async function tap(page, name) {
  await (await byRole(page, "button", name)).click();
}

async function enterCode(page, code) {
  await (await byRole(page, "textbox", "Pairing code")).type(code);
  await tap(page, "Pair");
}
