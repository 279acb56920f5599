/** The extension as it is installed, in a real Chromium: it sees what its user lets it see, and no more. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe } from "node:test";
import { byRole, it, launch, showsText } from "./browser.mjs";
import {
  allow,
  built,
  cinema,
  ID,
  isPopup,
  openedSettings,
  openPopup,
  pair,
  takeBack,
} from "./extension.mjs";
import { startStandIn } from "./peer.mjs";
import { CODE, eventually } from "./visit.mjs";

/** All pages of the site with the film; `localhost` has the same films, and is another site. */
const SITE = "*://127.0.0.1/*";
const NETWORKS = ["loopback-network", "local-network", "local-network-access"];
const BOOST = "org.deskconn.screen.brightness.boost";

let films;
let peer;
let browser;
let close;
let settings;
let page;

before(async () => {
  films = await cinema();
});

after(() => films.close());

beforeEach(async () => {
  peer = await startStandIn();
  peer.daemon.procedures.set(BOOST, () => ({ lease: 1 }));
  peer.daemon.pairing.openWindow({ code: CODE });
  ({ browser, close } = await launch({ extension: built("chromium") }));
  settings = await openedSettings(browser);
});

afterEach(async () => {
  await close();
  await peer.daemon.stop();
});

it("connects although the browser keeps sites from local networks", async () => {
  const protocol = await browser.target().createCDPSession();
  for (const name of NETWORKS) {
    await protocol.send("Browser.setPermission", {
      permission: { name },
      setting: "denied",
      origin: `chrome-extension://${ID}`,
    });
  }
  await pair(settings, peer.daemon.host, CODE);
  await showsText(settings, "Connected");
});

describe("films", () => {
  beforeEach(async () => {
    await pair(settings, peer.daemon.host, CODE);
    page = await browser.newPage();
    await page.goto(films.url("/box"));
  });

  it("are asked about when their site is switched on, and not seen before that is answered", async () => {
    const popup = await openPopup(browser, page);
    await (await byRole(popup, "switch", "Brighten on 127.0.0.1")).click();
    await eventually(
      "the question takes the popup's place",
      () => !browser.targets().some(isPopup),
    );
    assert.deepEqual(await seen(), { origins: [], scripts: [] });
    const again = await openPopup(browser, page);
    await again.waitForSelector('[role="switch"][aria-checked="false"]');
  });

  it("brighten the screen on the site that was switched on, at once, and on no other", async () => {
    await allow(browser, SITE);
    const popup = await openPopup(browser, page);
    await (await byRole(popup, "switch", "Brighten on 127.0.0.1")).click();
    await eventually("it is seen", async () => (await seen()).origins.includes(SITE));
    const other = await browser.newPage();
    await other.goto(films.url("/box").replace("127.0.0.1", "localhost"));
    await other.click("#go");
    await other.waitForFunction(() => document.fullscreenElement);
    await page.bringToFront();
    await page.click("#go");
    await eventually("it is boosted", () => boosts() > 0);
    assert.equal(boosts(), 1);
    assert.deepEqual(await seen(), { origins: [SITE], scripts: [SITE] });
  });

  it("are not seen any more when the browser takes that back", async () => {
    await allow(browser, SITE);
    const popup = await openPopup(browser, page);
    await (await byRole(popup, "switch", "Brighten on 127.0.0.1")).click();
    await settings.bringToFront();
    await byRole(settings, "button", "Remove 127.0.0.1");
    await takeBack(browser, SITE);
    const isListed = () => document.querySelector('[aria-label="Remove 127.0.0.1"]') !== null;
    await eventually("it is off the list", async () => !(await settings.evaluate(isListed)));
    await eventually("nothing is left", async () => {
      const { origins, scripts } = await seen();
      return origins.length + scripts.length === 0;
    });
  });
});

/** Which pages the extension may see, and those that it has a script in. */
async function seen() {
  const ask = async () => {
    const { origins } = await chrome.permissions.getAll();
    const scripts = await chrome.scripting.getRegisteredContentScripts();
    return { origins, scripts: scripts.flatMap(({ matches }) => matches) };
  };
  return settings.evaluate(ask);
}

/** How often the screen was to be brighter. */
function boosts() {
  return peer.daemon.calls.filter(({ procedure }) => procedure === BOOST).length;
}
