/**
 * Has Lighthouse score the web remote: the page as it is loaded, and each part of it. Fails if accessibility is less
 * than perfect anywhere, if loading is slow, or if a practice is not the best that a page without TLS can have.
 */

import assert from "node:assert/strict";
import { navigation, snapshot } from "lighthouse";
import { byRole, launch, openPage } from "../e2e/browser.mjs";
import { EVERYTHING } from "../e2e/furnished-desk.mjs";
import { startStandIn } from "../e2e/peer.mjs";
import { goTo, pairByCode } from "../e2e/visit.mjs";

/** What a page on the local network can not have: nobody certifies its address. */
const NEEDS_TLS = ["is-on-https", "redirects-http"];
const FAST = 95;
/** The viewport is the phone's already. */
const FLAGS = { formFactor: "mobile", screenEmulation: { disabled: true }, logLevel: "error" };

const peer = await startStandIn();
peer.daemon.grants = EVERYTHING;
const chromium = await launch();
try {
  const { page } = await openPage(chromium.browser);
  const categories = ["accessibility", "best-practices", "performance"];
  const flags = { ...FLAGS, onlyCategories: categories };
  const loaded = await navigation(page, peer.url, { flags });
  const { performance } = tell("loading", loaded.lhr);
  assert.ok(performance >= FAST, "it loads fast");

  await pairByCode(page, peer);
  for (const part of ["Slides", "Screen", "Media", "Touchpad", "Switches", "Computer"]) {
    await goTo(page, part);
    await page.waitForFunction(() => document.querySelector("[aria-busy]") === null);
    await byRole(page, "button", part);
    const parts = { ...FLAGS, onlyCategories: ["accessibility", "best-practices"] };
    tell(part, (await snapshot(page, { flags: parts })).lhr);
  }
} finally {
  await chromium.close();
  await peer.daemon.stop();
}

/** Prints the scores, of 100, and sees to it that they are as they must be. @returns them by category. */
function tell(what, { categories, audits }) {
  const scores = Object.fromEntries(
    Object.values(categories).map(({ id, score }) => [id, Math.round(score * 100)]),
  );
  const failed = Object.values(categories)
    .filter(({ id }) => id !== "performance")
    .flatMap(({ auditRefs }) => auditRefs.map(({ id }) => audits[id]))
    .filter(({ score }) => score !== null && score < 1);
  const told = Object.entries(scores).map(([id, score]) => `${id} ${score}`);
  const missed = failed.map(({ id }) => id);
  console.log(
    `${what}: ${told.join(", ")}${missed.length > 0 ? `; not ${missed.join(", ")}` : ""}`,
  );
  assert.equal(scores.accessibility, 100, what);
  assert.deepEqual(
    missed.filter((id) => !NEEDS_TLS.includes(id)),
    [],
    what,
  );
  return scores;
}
