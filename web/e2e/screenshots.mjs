/**
 * Takes the pictures of the web remote.
 *
 * Without an argument those in docs/screenshots; with a folder, every scene on every screen into it.
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
  pair: async (page) => {
    await byRole(page, "textbox", "Pairing code");
  },
  "wrong-code": async (page) => {
    await enterCode(page, "48217306");
    await showsText(page, "attempts are left");
  },
  paired: async (page) => {
    await enterCode(page, CODE);
    await byRole(page, "button", "Start presenting");
  },
  present,
  removed: async (page) => {
    await present(page);
    peer.daemon.unpairAll();
    await showsText(page, "Removed by the computer");
  },
  reconnecting: async (page) => {
    await present(page);
    await page.setOfflineMode(true);
    peer.daemon.hangUp();
    await showsText(page, "The computer does not answer.");
  },
  unavailable: async (page) => {
    const { procedures } = peer.daemon;
    const status = "org.deskconn.slides.status";
    const available = procedures.get(status);
    const reason = "cannot open /dev/uinput: run `sudo modprobe uinput` on the computer";
    procedures.set(status, () => ({ available: false, reason }));
    await present(page, "Connected, slides unavailable");
    await showsText(page, "Check again");
    procedures.set(status, available);
  },
  about: async (page) => {
    await present(page);
    await (await byRole(page, "button", "This computer")).tap();
    await byRole(page, "button", "Forget this computer");
  },
};

const SCREENS = {
  phone: PHONE,
  small: SMALL_PHONE,
  side: PHONE_ON_ITS_SIDE,
  desk: { width: 1280, height: 800 },
};
/** The pictures the documentation shows; all of them are for whoever works on the page. */
const DOCUMENTED = ["pair", "paired", "present", "unavailable"];

for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const scheme of ["light", "dark"]) {
    for (const [scene, arrange] of Object.entries(SCENES)) {
      if (isEverything || (screen === "phone" && DOCUMENTED.includes(scene))) {
        await picture(`${scene}-${screen}-${scheme}.png`, arrange, { viewport, scheme });
      }
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

async function present(page, status = "Connected") {
  await enterCode(page, CODE);
  await (await byRole(page, "button", "Start presenting")).tap();
  await showsText(page, status);
}

async function enterCode(page, code) {
  await (await byRole(page, "textbox", "Pairing code")).type(code);
  await (await byRole(page, "button", "Pair")).tap();
}
