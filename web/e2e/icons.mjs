/** Draws the icons of `remote/public` that have to be PNGs from `icon.svg`; run by hand when that changes. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./browser.mjs";
import { smallPng } from "./png.mjs";

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
  const address = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  await writeFile(`${folder}${name}`, smallPng(await page.evaluate(draw, address, size), size));
}
await chromium.close();

/** The pixels of a picture, in the page. */
async function draw(address, size) {
  const image = new Image(size, size);
  image.src = address;
  await image.decode();
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context.drawImage(image, 0, 0, size, size);
  return [...context.getImageData(0, 0, size, size).data];
}
