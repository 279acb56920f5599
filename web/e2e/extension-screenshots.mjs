/** Takes the pictures of the extension, light and dark, into docs/screenshots or another folder. */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { byRole, launch, showsText } from "./browser.mjs";
import { allowed, cinema, openedSettings, openPopup, pair } from "./extension.mjs";
import { startStandIn } from "./peer.mjs";

const CODE = "48217305";
const SITE = "films.example";
const POPUP = { width: 352, height: 600 };
const folder = resolve(
  process.argv[2] ?? fileURLToPath(new URL("../../docs/screenshots", import.meta.url)),
);
await mkdir(folder, { recursive: true });

const extension = await allowed();
const films = await cinema();
const peer = await startStandIn();
peer.daemon.procedures.set("org.deskconn.screen.brightness.status", () => ({ available: true }));
const chromium = await launch({ names: [SITE], extension: extension.folder });
const settings = await openedSettings(chromium.browser);
await byRole(settings, "button", "Pair");
await pictures(settings, "extension-settings", { width: 576, height: 780 });
peer.daemon.pairing.openWindow({ code: CODE });
await pair(settings, peer.daemon.host, CODE);

const page = await chromium.browser.newPage();
await page.goto(films.url("/box").replace("127.0.0.1", SITE));
const popup = await openPopup(chromium.browser, page);
await showsText(popup, "Connected");
await pictures(popup, "extension-popup", POPUP);
await peer.daemon.stop();
await showsText(popup, "The computer does not answer.");
await pictures(popup, "extension-offline", POPUP);

await chromium.close();
films.close();
await extension.remove();

/** A picture of the page in each scheme. */
async function pictures(page, name, viewport) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport({ ...viewport, deviceScaleFactor: 2 });
    await (await page.$("main")).screenshot({ path: `${folder}/${name}-${scheme}.png` });
    console.log(`${name}-${scheme}.png`);
  }
}
