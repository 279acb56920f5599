/** The extension in a real Chromium, against the stand-in for the daemon: films, the popup, the settings. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { findsNothing } from "./axe.mjs";
import { byRole, launch, showsText } from "./browser.mjs";
import {
  allowed,
  cinema,
  enterPairing,
  ID,
  openedSettings,
  openPopup,
  pair,
} from "./extension.mjs";
import { startStandIn } from "./peer.mjs";

const CODE = "48217305";
const STATUS = "org.deskconn.screen.brightness.status";
const BOOST = "org.deskconn.screen.brightness.boost";
const RESTORE = "org.deskconn.screen.brightness.restore";

let extension;
let films;
let peer;
let chromium;
let leases;
let settings;

before(async () => {
  extension = await allowed();
  films = await cinema();
});

after(async () => {
  films.close();
  await extension.remove();
});

beforeEach(async () => {
  peer = await startStandIn();
  const { daemon } = peer;
  leases = 0;
  daemon.procedures.set(STATUS, () => ({ available: true }));
  daemon.procedures.set(BOOST, () => ({ lease: ++leases }));
  daemon.procedures.set(RESTORE, () => ({}));
  daemon.pairing.openWindow({ code: CODE });
  chromium = await launch({ extension: extension.folder });
  settings = await openedSettings(chromium.browser);
});

afterEach(async () => {
  await chromium.close();
  await peer.daemon.stop();
});

describe("films", () => {
  beforeEach(() => pair(settings, peer.daemon.host, CODE));

  for (const [what, path] of [
    ["a box around the video", "/box"],
    ["the video itself", "/bare"],
    ["a video in a shadow tree", "/shadow"],
  ]) {
    it(`brighten the screen as long as it is full: ${what}`, async () => {
      const page = await open(path);
      await page.click("#go");
      await boosts([{ percent: 100 }]);
      await page.evaluate(() => document.exitFullscreen());
      await restores([{ lease: 1 }]);
    });
  }

  it("brighten the screen from a frame of another site", async () => {
    const page = await open("/framed");
    const frame = await page.waitForFrame((frame) => frame.url().includes("localhost"));
    await (await frame.waitForSelector("#go")).click();
    await boosts([{ percent: 100 }]);
    await page.close();
    await restores([{ lease: 1 }]);
  });

  it("do not before they play", async () => {
    const page = await open("/paused");
    await page.click("#go");
    await page.waitForFunction(() => document.fullscreenElement);
    await page.evaluate(() => document.querySelector("video").play());
    await boosts([{ percent: 100 }]);
  });

  it("end with their tab", async () => {
    const page = await open("/box");
    await page.click("#go");
    await boosts([{ percent: 100 }]);
    await page.close();
    await restores([{ lease: 1 }]);
  });

  it("are as bright as was chosen, at once", async () => {
    await settings.evaluate(setLevel, 80);
    const page = await open("/box");
    await page.click("#go");
    await boosts([{ percent: 80 }]);
    await settings.evaluate(setLevel, 90);
    await boosts([{ percent: 80 }, { percent: 90 }]);
    await restores([{ lease: 1 }]);
  });

  it("are boosted again when the computer was away", async () => {
    const page = await open("/box");
    await page.click("#go");
    await boosts([{ percent: 100 }]);
    peer.daemon.hangUp();
    await boosts([{ percent: 100 }, { percent: 100 }]);
  });

  it("leave the link when they end", async () => {
    await settings.close();
    const page = await open("/box");
    await page.click("#go");
    await boosts([{ percent: 100 }]);
    await page.evaluate(() => document.exitFullscreen());
    await restores([{ lease: 1 }]);
    await until(() => peer.daemon.connections === 0);
  });
});

it("a browser that is killed leaves its link at once, and with it its lease", async () => {
  await pair(settings, peer.daemon.host, CODE);
  const page = await open("/box");
  await page.click("#go");
  await boosts([{ percent: 100 }]);
  process.kill(chromium.browser.process().pid, "SIGKILL");
  await until(() => peer.daemon.connections === 0);
});

describe("the popup", () => {
  let page;
  let popup;

  beforeEach(async () => {
    await pair(settings, peer.daemon.host, CODE);
    page = await open("/box");
    popup = await openPopup(chromium.browser, page);
  });

  it("turns slides", async () => {
    await showsText(popup, "Connected");
    await (await byRole(popup, "button", "Next slide")).click();
    await (await byRole(popup, "button", "Previous slide")).click();
    await until(() => slides().length === 2);
    assert.deepEqual(slides(), ["next", "previous"]);
  });

  it("switches the site in front of it off and on again", async () => {
    const site = await byRole(popup, "switch", "Brighten on 127.0.0.1");
    for (const sitesOff of [["127.0.0.1"], []]) {
      await site.click();
      await popup.waitForSelector(`[role="switch"][aria-checked="${sitesOff.length === 0}"]`);
      const stored = () => chrome.storage.local.get("settings");
      assert.deepEqual((await popup.evaluate(stored)).settings.sitesOff, sitesOff);
    }
  });

  it("chooses the level", async () => {
    const level = await byRole(popup, "slider", "Brightness for films");
    await level.press("ArrowLeft");
    await showsText(popup, "95 %");
    await page.click("#go");
    await boosts([{ percent: 95 }]);
  });

  for (const scheme of ["light", "dark"]) {
    it(`gives axe nothing to find, ${scheme}`, async () => {
      await popup.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await showsText(popup, "Connected");
      await findsNothing(popup, "connected");
      peer.refuse(STATUS, "wamp.error.not_authorized");
      peer.daemon.hangUp();
      await showsText(popup, "The computer does not let this browser set the brightness.");
      await findsNothing(popup, "denied");
    });
  }

  it("says what the computer does not allow, and how to change that", async () => {
    peer.refuse(STATUS, "wamp.error.not_authorized");
    peer.daemon.hangUp();
    await showsText(popup, "The computer does not let this browser set the brightness.");
    const [device] = peer.daemon.devices;
    await showsText(popup, `deskconn grant ${device.slice(0, 4)} screen.brightness`);
  });

  it("says that nothing answers", async () => {
    const { host } = peer.daemon;
    await peer.daemon.stop();
    await showsText(popup, `Nothing answers at ${host}.`);
  });

  it("says that the computer has removed the browser", async () => {
    peer.daemon.unpairAll();
    await showsText(popup, "The computer no longer knows this browser.");
  });
});

describe("the settings", () => {
  it("say what is wrong with a code, and how many tries are left", async () => {
    await enterPairing(settings, "not an address!", CODE);
    await showsText(settings, "That is no address.");
    await enterPairing(settings, peer.daemon.host, "1234");
    await showsText(settings, "The code has eight digits.");
    await enterPairing(settings, peer.daemon.host, "11112222");
    await showsText(settings, "Attempts left: 9.");
    await enterPairing(settings, "127.0.0.1:9", CODE);
    await showsText(settings, "Nothing answers at 127.0.0.1:9.");
  });

  for (const scheme of ["light", "dark"]) {
    it(`give axe nothing to find, ${scheme}`, async () => {
      await settings.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await enterPairing(settings, peer.daemon.host, "1234");
      await showsText(settings, "The code has eight digits.");
      await findsNothing(settings, "not paired");
      await enterPairing(settings, peer.daemon.host, CODE);
      await byRole(settings, "button", "The words differ");
      await findsNothing(settings, "the words");
      await (await byRole(settings, "button", "They are the same")).click();
      await (await byRole(settings, "button", "Forget this computer")).click();
      await findsNothing(settings, "paired");
    });
  }

  it("drop a pairing whose words differ", async () => {
    await enterPairing(settings, peer.daemon.host, CODE);
    await (await byRole(settings, "button", "The words differ")).click();
    await showsText(settings, "The words differed, so this pairing was dropped.");
    await showsText(settings, "Not paired");
  });

  it("forget the computer when told to", async () => {
    await pair(settings, peer.daemon.host, CODE);
    await (await byRole(settings, "button", "Forget this computer")).click();
    await (await byRole(settings, "button", "Forget")).click();
    await showsText(settings, "Pair with a computer");
    const left = await settings.evaluate(() => chrome.storage.local.get(["identity", "computer"]));
    assert.deepEqual(left, {});
  });

  it("keep the keys from content scripts", async () => {
    await pair(settings, peer.daemon.host, CODE);
    const page = await open("/box");
    const seen = await inContentScript(page, "chrome.storage.local.get()");
    assert.match(seen, /Access to storage is not allowed/);
  });

  it("say that the screen is brighter, and switch a site off at once", async () => {
    await pair(settings, peer.daemon.host, CODE);
    const page = await open("/box");
    await page.click("#go");
    await showsText(settings, "Connected, screen brightened");
    await settings.evaluate(() =>
      chrome.storage.local.set({ settings: { percent: 100, sitesOff: ["127.0.0.1"] } }),
    );
    await restores([{ lease: 1 }]);
  });
});

function setLevel(percent) {
  return chrome.storage.local.set({ settings: { percent, sitesOff: [] } });
}

/** What comes of an expression where the content script of a page runs. */
async function inContentScript(page, expression) {
  const session = await page.createCDPSession();
  const worlds = [];
  session.on("Runtime.executionContextCreated", ({ context }) => worlds.push(context));
  await session.send("Runtime.enable");
  const { id } = worlds.find(({ origin }) => origin === `chrome-extension://${ID}`);
  const { result } = await session.send("Runtime.evaluate", {
    contextId: id,
    expression: `${expression}.then(JSON.stringify, String)`,
    awaitPromise: true,
  });
  return result.value;
}

/** What slides were asked to do. */
function slides() {
  const verbs = peer.daemon.calls.map(({ procedure }) => procedure.split(".slides.")[1]);
  return verbs.filter((verb) => ["next", "previous"].includes(verb));
}

async function open(path) {
  const page = await chromium.browser.newPage();
  await page.goto(films.url(path));
  return page;
}

/** Waits until the daemon was asked for exactly these boosts. */
async function boosts(wanted) {
  await until(() => asked(BOOST).length >= wanted.length);
  assert.deepEqual(
    asked(BOOST).map(({ percent }) => ({ percent })),
    wanted,
  );
}

async function restores(wanted) {
  await until(() => asked(RESTORE).length >= wanted.length);
  assert.deepEqual(asked(RESTORE), wanted);
}

function asked(procedure) {
  const { calls } = peer.daemon;
  return calls.filter((call) => call.procedure === procedure).map((call) => call.kwargs);
}

async function until(condition) {
  for (let tries = 0; tries < 600 && !condition(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(condition(), String(condition));
}
