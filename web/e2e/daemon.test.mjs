/** The web remote in a real browser, working the desk of the real daemon. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { byRole, openPage, showsText } from "./browser.mjs";
import { NEEDS_DAEMON, pairWith, stage } from "./real-page.mjs";
import { eventually, goTo, slide, tap } from "./visit.mjs";

const URI = "org.deskconn.";

describe("with the real daemon", NEEDS_DAEMON, () => {
  const scene = stage();

  it("pairs by the link, and says what it was given", async () => {
    const { page, daemon } = scene;
    const window = await daemon.pair();
    await page.goto(`${daemon.url}pair${window.fragment}`);
    await tap(page, "They match");
    await showsText(page, "Connected");
    await goTo(page, "Computer");
    for (const text of ["Turn slides", "Set the brightness", "Paired until", "Paired devices"]) {
      await showsText(page, text);
    }
    assert.match(await page.$eval(".facts", ({ innerText }) => innerText), /Version\s+\d+\.\d+/);
  });

  it("loads the page compressed, and no more of it than was promised", async () => {
    const { page, daemon } = scene;
    await page.goto(daemon.url);
    await byRole(page, "textbox", "Pairing code");
    const loaded = await page.evaluate(() =>
      ["navigation", "resource"]
        .flatMap((kind) => performance.getEntriesByType(kind))
        .map(({ name, encodedBodySize, decodedBodySize }) => [
          new URL(name).pathname,
          encodedBodySize,
          decodedBodySize,
        ]),
    );
    const total = loaded.reduce((sum, [, sent]) => sum + sent, 0);
    assert.ok(0 < total && total <= 80_000, `${total} octets`);
    const whole = loaded.filter(([path, sent, is]) => /\.(js|css)$/.test(path) && sent >= is);
    assert.deepEqual(whole, []);
  });

  it("sets the brightness of the panel, and follows its keys", async () => {
    await pairWith(scene);
    const { page, daemon } = scene;
    await goTo(page, "Screen");
    await showsText(page, "60 %");
    await slide(page, "Brightness", 0.3);
    await eventually(
      "the panel is darker",
      async () => Math.abs((await daemon.level()) - 300) < 40,
    );
    await daemon.setLevel(850);
    await showsText(page, "85 %");
  });

  it("loses and gets parts as its owner revokes and grants, and goes on following them", async () => {
    await pairWith(scene);
    const { page, daemon } = scene;
    await goTo(page, "Screen");
    const id = await daemon.device();
    await daemon.cli("revoke", id, "screen.brightness", "screen.lock");
    await showsText(page, "This device may not use “Screen” any more.");
    await showsText(page, "Connected");
    assert.equal(await page.$("[type=range]"), null);
    await daemon.cli("grant", id, "screen.brightness");
    await goTo(page, "Screen");
    await showsText(page, "60 %");
    await daemon.setLevel(250);
    await showsText(page, "25 %");
  });

  it("shares the timer with another remote and the owner's command line", async () => {
    await pairWith(scene);
    const { page, daemon, browser } = scene;
    const { page: other } = await openPage(browser);
    await pairWith({ page: other, daemon });
    await daemon.cli("call", `${URI}slides.timer.start`);
    for (const one of [page, other]) {
      await one.bringToFront();
      await goTo(one, "Slides");
      await byRole(one, "button", "Pause the timer");
    }
    await daemon.cli("call", `${URI}slides.timer.mark`);
    await tap(other, "Pause the timer");
    await page.bringToFront();
    await byRole(page, "button", "Start the timer");
    const { elapsed_ms: elapsed, ...timer } = JSON.parse(
      await daemon.cli("--json", "call", `${URI}slides.timer.status`),
    );
    assert.deepEqual([timer.running, timer.marks_ms.length], [false, 1]);
    const shown = await page.$eval(".passed", ({ innerText }) => innerText);
    assert.equal(shown, `0:${String(Math.floor(elapsed / 1000)).padStart(2, "0")}`);
    await other.browserContext().close();
  });

  it("shows at once what another client does to a switch, and switches it", async () => {
    const { page, daemon } = scene;
    const lamp = await furnishLamp(daemon);
    await pairWith(scene);
    await daemon.cli("grant", await daemon.device(), "gpio:lamp", "--force");
    await goTo(page, "Switches");
    await page.waitForSelector('[role=switch][aria-checked="false"]');
    await daemon.cli("call", `${URI}gpio.lamp.write`, "-k", "value=true");
    await page.waitForSelector('[role=switch][aria-checked="true"]');
    await tap(page, "Desk lamp", "switch");
    await eventually("it is off", () => lamp.value === false);
  });
});

/** Serves a switch as a component would, in a session of the owner's. */
async function furnishLamp(daemon) {
  const lamp = { value: false };
  const session = await daemon.owner();
  const describe = () => ({
    available: true,
    name: "lamp",
    title: "Desk lamp",
    direction: "output",
    writable: true,
    max_rate: 10,
    value: lamp.value,
  });
  await session.register(`${URI}gpio.list`, () => ({ kwargs: { lines: [describe()] } }));
  await session.register(`${URI}gpio.lamp.write`, async ({ kwargs }) => {
    lamp.value = kwargs.value;
    const change = { value: lamp.value, at: 1_800_000_000 };
    await session.publish(`${URI}gpio.lamp.on_change`, { kwargs: change });
    return { kwargs: change };
  });
  return lamp;
}
