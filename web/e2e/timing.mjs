/** Prints what the page weighs and how soon it can be used, on a fast machine and on one that is a quarter as fast. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { byRole, launch, openPage, showsText } from "./browser.mjs";
import { startStandIn } from "./peer.mjs";
import { pairByCode } from "./visit.mjs";

const ROUNDS = 5;
const dist = fileURLToPath(new URL("../remote/dist/", import.meta.url));

const peer = await startStandIn();
const chromium = await launch();
console.log(`${await weight()} kB gzipped in all`);
for (const slowdown of [1, 4]) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await visit(slowdown));
  }
  const [code, connected] = [0, 1].map((which) => median(rounds.map((times) => times[which])));
  console.log(
    `CPU 1/${slowdown}: a code can be typed after ${code} ms; back again, connected after ${connected} ms`,
  );
}
await chromium.close();
await peer.daemon.stop();

/** One visit without anything stored, and one more after pairing. @returns both times. */
async function visit(slowdown) {
  const { page } = await openPage(chromium.browser);
  await page.emulateCPUThrottling(slowdown);
  const code = await timed(async () => {
    await page.goto(peer.url);
    await byRole(page, "textbox", "Pairing code");
  });
  await pairByCode(page, peer);
  const connected = await timed(async () => {
    await page.reload();
    await showsText(page, "Connected");
  });
  await page.browserContext().close();
  return [code, connected];
}

async function timed(work) {
  const began = performance.now();
  await work();
  return Math.round(performance.now() - began);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

async function weight() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".gz"));
  const sizes = files.map(
    async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name))).length,
  );
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return (total / 1000).toFixed(1);
}
