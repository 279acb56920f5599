/** Draws the icons of `remote/public` that have to be PNGs from `icon.svg`; run by hand when that changes. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";

const folder = fileURLToPath(new URL("../remote/public/", import.meta.url));
const svg = await readFile(`${folder}icon.svg`, "utf8");
/** Launchers cut their own shape out of a picture without corners, whose middle is what is sure to be seen. */
const whole = svg.replace(/ rx="15"/, "");
const ICONS = [
  ["icon-192.png", 192, svg],
  ["icon-512.png", 512, whole],
  ["apple-touch-icon.png", 180, whole],
];

const chromium = await launch();
const page = await chromium.browser.newPage();
for (const [name, size, picture] of ICONS) {
  await page.setViewport({ width: size, height: size });
  const address = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  await page.setContent(
    `<style>body{margin:0}img{display:block}</style><img src="${address}" width="${size}">`,
  );
  await page.$eval("img", (image) => image.decode());
  await writeFile(`${folder}${name}`, await page.screenshot({ omitBackground: true }));
}
await chromium.close();
