/** Each part of the web remote in a real browser, against the stand-in with everything there is. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { byRole, launch, openPage, showsText } from "./browser.mjs";
import { EVERYTHING } from "./furnished-desk.mjs";
import { startStandIn } from "./peer.mjs";
import { argumentsOf, calls, draw, eventually, goTo, pairByCode, slide, tap } from "./visit.mjs";

let chromium;
let peer;
let page;
let complaints;
let addresses;

before(async () => {
  chromium = await launch();
});

after(() => chromium.close());

beforeEach(async () => {
  peer = await startStandIn();
  peer.daemon.grants = EVERYTHING;
  ({ page, complaints, addresses } = await openPage(chromium.browser));
});

afterEach(async () => {
  await page.browserContext().close();
  await peer.daemon.stop();
  assert.deepEqual(complaints, []);
  const elsewhere = addresses.filter((address) => !isPeers(address));
  assert.deepEqual(elsewhere, [], "nothing is asked of any other computer");
  assert.ok(addresses.length > 3);
});

describe("what the device may do", () => {
  it("decides which parts there are, at once when it changes", async () => {
    peer.daemon.grants = ["slides", "status"];
    await pairByCode(page, peer);
    assert.deepEqual(await parts(), ["Slides", "Computer"]);
    peer.daemon.regrant("slides", "volume");
    await byRole(page, "button", "Media");
    await goTo(page, "Media");
    await showsText(page, "35 %");
    assert.equal(await page.$("[aria-label=Players]"), null);
    peer.daemon.regrant("slides");
    await showsText(page, "This device may not use “Media” any more.");
    assert.deepEqual(await parts(), ["Slides", "Computer"]);
    peer.daemon.regrant();
    await showsText(page, "Nothing. Allow something on the computer with “deskconn grant”.");
  });

  it("stands in words on the computer's part", async () => {
    await pairByCode(page, peer);
    await goTo(page, "Computer");
    await showsText(page, "Move the pointer and type");
    await showsText(page, "Use the switch “pump”");
    await showsText(page, "5 h 23 min");
  });

  it("can be put on the home screen", async () => {
    await page.goto(peer.url);
    const client = await page.createCDPSession();
    const { errors } = await client.send("Page.getAppManifest");
    assert.deepEqual(errors, []);
    const icons = await page.evaluate(async () => {
      const { icons: named } = await (await fetch("/manifest.webmanifest")).json();
      return Promise.all(
        named.map(async ({ src }) => (await fetch(src)).headers.get("content-type")),
      );
    });
    assert.deepEqual(icons, ["image/svg+xml", "image/png", "image/png", "image/png"]);
    await pairByCode(page, peer);
  });

  it("keeps the part that was shown when the page is loaded again", async () => {
    await pairByCode(page, peer);
    await goTo(page, "Screen");
    await page.reload();
    await page.waitForSelector('main[aria-label="Screen"]');
  });
});

describe("presenting", () => {
  it("chooses the program whose keys are pressed", async () => {
    await pairByCode(page, peer);
    await tap(page, "Program: LibreOffice Impress");
    await tap(page, "Evince");
    await byRole(page, "button", "Program: Evince");
    assert.deepEqual(argumentsOf(peer, "slides.set_profile"), { profile: "evince" });
    await byRole(page, "button", "Black screen, on or off (not available in this program)");
  });

  it("times the talk, also while the page is loaded again", async () => {
    await pairByCode(page, peer);
    await tap(page, "Start the timer");
    await showsText(page, "0:01");
    await page.reload();
    await byRole(page, "button", "Pause the timer");
    await tap(page, "Pause the timer");
    await (await page.waitForSelector(".time")).tap();
    await (await page.waitForSelector("label:nth-of-type(5) .chip")).tap();
    await tap(page, "Close");
    await showsText(page, "19:5");
  });

  it("turns slides beside the pointer pad", async () => {
    await pairByCode(page, peer);
    await tap(page, "Move the pointer in the place of the slide buttons");
    await draw(page, { from: [200, 400], to: [260, 400] });
    await eventually("the pointer was moved", () => argumentsOf(peer, "input.move")?.dx > 0);
    await tap(page, "Next slide");
    await eventually("the slide was turned", () => argumentsOf(peer, "slides.next"));
  });
});

describe("the screen", () => {
  beforeEach(async () => {
    await pairByCode(page, peer);
    await goTo(page, "Screen");
  });

  it("gets as bright as the slider says, and the slider follows the computer", async () => {
    await slide(page, "Brightness", 0.25);
    await eventually("it is set", () => argumentsOf(peer, "screen.brightness.set"));
    const { percent, display } = argumentsOf(peer, "screen.brightness.set");
    assert.ok(Math.abs(percent - 25) <= 3, `${percent} %`);
    assert.equal(display, "intel_backlight");
    await showsText(page, `${percent} %`);
    const displays = [{ id: "intel_backlight", name: "Built-in display", percent: 81 }];
    peer.desk.tell("screen.brightness.on_change", { available: true, displays, boosted: true });
    await showsText(page, "81 %");
    await showsText(page, "Somebody has it brighter for a while.");
  });

  it("is locked, and says that it is", async () => {
    await showsText(page, "The screen is unlocked.");
    await tap(page, "Lock the screen");
    await showsText(page, "The screen is locked.");
    peer.desk.tell("screen.lock.on_change", { available: true, state: "unknown" });
    await showsText(page, "The computer does not tell whether its screen is locked.");
  });

  it("is kept awake until that is taken back", async () => {
    await tap(page, "Keep the screen awake", "switch");
    await eventually("it is asked for", () => argumentsOf(peer, "screen.awake.keep"));
    await page.waitForSelector('[role=switch][aria-checked="true"]');
    await tap(page, "Keep the screen awake", "switch");
    await eventually("it is given back", () => argumentsOf(peer, "screen.awake.release"));
    assert.deepEqual(argumentsOf(peer, "screen.awake.release"), { lease: 7 });
  });
});

describe("media", () => {
  beforeEach(async () => {
    await pairByCode(page, peer);
    await goTo(page, "Media");
  });

  it("shows what plays, pauses it and goes on to the next", async () => {
    await showsText(page, "The Lark Ascending");
    await page.waitForFunction(() => document.querySelector(".cover")?.naturalWidth === 96);
    await tap(page, "Pause");
    await byRole(page, "button", "Play");
    await tap(page, "Next track");
    await calls(peer, "media.art", "media.play_pause", "media.next");
    assert.deepEqual(argumentsOf(peer, "media.next"), { player: "org.mpris.MediaPlayer2.vlc" });
    peer.desk.tell("media.on_change", { available: true, players: [] });
    await showsText(page, "Nothing is playing");
  });

  it("seeks to where the slider is dropped", async () => {
    await slide(page, "Position in VLC", 0.5);
    await eventually("it seeks", () => argumentsOf(peer, "media.seek"));
    const { position_ms: position } = argumentsOf(peer, "media.seek");
    assert.ok(Math.abs(position / 931_000 - 0.5) < 0.03, `${position} ms`);
  });

  it("sets the volume, mutes, and follows the computer's own keys", async () => {
    await slide(page, "Volume", 0.8);
    await eventually("it is set", () => argumentsOf(peer, "volume.set"));
    assert.ok(Math.abs(argumentsOf(peer, "volume.set").percent - 80) <= 3);
    await tap(page, "Mute the speakers");
    await showsText(page, "Muted");
    peer.desk.tell("volume.on_change", { available: true, percent: 12, muted: false });
    await showsText(page, "12 %");
  });
});

describe("the touchpad", () => {
  beforeEach(async () => {
    await pairByCode(page, peer);
    await goTo(page, "Touchpad");
  });

  it("moves and clicks", async () => {
    await draw(page, { from: [200, 200], to: [260, 230] });
    await eventually("it moves", () => argumentsOf(peer, "input.move"));
    const { dx, dy } = argumentsOf(peer, "input.move");
    assert.ok(dx > 0 && dy > 0, `${dx}, ${dy}`);
    await page.touchscreen.tap(200, 200);
    await eventually("it clicks", () => argumentsOf(peer, "input.button"));
    assert.deepEqual(argumentsOf(peer, "input.button"), { button: "left", action: "click" });
  });

  it("types what is typed, and takes back what is erased", async () => {
    const field = await byRole(page, "textbox", "Type");
    await field.type("hé");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
    const typed = () =>
      peer.daemon.calls
        .filter(({ procedure }) => /input\.(type|key)$/.test(procedure))
        .map(({ kwargs }) => kwargs.text ?? kwargs.key);
    await eventually("all is typed", () => typed().length === 4);
    assert.deepEqual(typed(), ["h", "é", "backspace", "enter"]);
  });
});

describe("the computer", () => {
  beforeEach(async () => {
    await pairByCode(page, peer);
    await goTo(page, "Computer");
  });

  it("says how it is doing, and what its battery does as it does it", async () => {
    await showsText(page, "80 %, discharging, 1 h 35 min left");
    await showsText(page, "0.5 of 8");
    peer.desk.tell("host.on_battery", { percent: 81, state: "charging" });
    await showsText(page, "81 %, charging");
  });

  it("opens an address and shows a note on the desk", async () => {
    const address = await byRole(page, "textbox", "Web address");
    await address.type("javascript:alert(1)");
    await tap(page, "Open");
    await showsText(page, "That is no web address.");
    assert.equal(argumentsOf(peer, "open.url"), undefined);
    await page.evaluate((field) => field.select(), address);
    await address.type("köln.de");
    await tap(page, "Open");
    await eventually("it is opened", () => argumentsOf(peer, "open.url"));
    assert.deepEqual(argumentsOf(peer, "open.url"), { url: "https://xn--kln-sna.de/" });
    await showsText(page, "Sent.");
    await (await byRole(page, "textbox", "Note")).type("Tea?");
    await tap(page, "Show");
    await eventually("it is shown", () => argumentsOf(peer, "notify.show"));
    assert.deepEqual(argumentsOf(peer, "notify.show"), { title: "Tea?" });
  });
});

describe("switches", () => {
  beforeEach(async () => {
    await pairByCode(page, peer);
    await goTo(page, "Switches");
  });

  it("switch, and show what others do to them as it happens", async () => {
    await tap(page, "Desk lamp", "switch");
    await eventually("it is written", () => argumentsOf(peer, "gpio.lamp.write"));
    assert.deepEqual(argumentsOf(peer, "gpio.lamp.write"), { value: true });
    await showsText(page, "Switch · On\n");
    await showsText(page, "Sensor · On");
    peer.desk.tell("gpio.door.on_change", { value: false, at: 1_800_000_000 });
    await showsText(page, "Sensor · Off");
    peer.desk.tell("gpio.lamp.on_change", { value: false, at: 1_800_000_001, doing: "blink" });
    await showsText(page, "Switch · Off · Blinking");
  });

  it("are only those that the device was granted", async () => {
    peer.daemon.regrant("gpio:door");
    await page.waitForFunction(() => !document.body.innerText.includes("Water pump"));
    await showsText(page, "Garage door");
    assert.equal(await page.$("[role=switch]"), null, "a sensor has none");
  });

  it("have schedules that can be changed", async () => {
    await tap(page, "Schedule of Water pump");
    await byRole(page, "checkbox", "Saturday");
    await (await page.waitForSelector(".days label:nth-of-type(6)")).tap();
    await tap(page, "Add a time");
    await tap(page, "Save");
    await eventually("it is set", () => argumentsOf(peer, "gpio.pump.set_schedule"));
    assert.deepEqual(argumentsOf(peer, "gpio.pump.set_schedule"), {
      windows: [
        { from: "10:00", until: "16:00", days: ["mon", "tue", "wed", "thu", "fri", "sat"] },
        { from: "10:00", until: "16:00" },
      ],
    });
  });
});

/** The parts there are tabs for. */
function parts() {
  return page.$$eval("nav button", (tabs) => tabs.map((tab) => tab.innerText.trim()));
}

function isPeers(address) {
  const { host } = new URL(peer.url);
  return ["data:", `http://${host}/`, `ws://${host}/`].some((origin) => address.startsWith(origin));
}
