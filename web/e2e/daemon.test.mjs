/** The web remote in a real browser, against the real daemon and what happens to one. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { byRole, launch, openPage, showsText } from "./browser.mjs";
import { isThere, RealDaemon } from "./real-daemon.mjs";
import { enterCode, eventually, goTo, slide, tap } from "./visit.mjs";

const URI = "org.deskconn.";

describe("with the real daemon", { skip: !isThere && "no DESKCONN_DAEMON" }, () => {
  let chromium;
  let daemon;
  let page;
  let complaints;
  let addresses;

  before(async () => {
    chromium = await launch();
  });

  after(() => chromium.close());

  beforeEach(async () => {
    daemon = await RealDaemon.start();
    ({ page, complaints, addresses } = await openPage(chromium.browser));
  });

  afterEach(async () => {
    await page.browserContext().close();
    await daemon.end();
    const { host } = new URL(daemon.url);
    const own = [`http://${host}/`, `ws://${host}/`];
    const isElsewhere = (address) => !own.some((origin) => address.startsWith(origin));
    assert.deepEqual(addresses.filter(isElsewhere), []);
    assert.deepEqual(complaints, []);
  });

  it("pairs by the link, and says what it was given", async () => {
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

  it("sets the brightness of the panel, and follows its keys", async () => {
    await pairByCode();
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
    await pairByCode();
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

  it("shows at once what another client does to a switch, and switches it", async () => {
    const lamp = await furnishLamp();
    await pairByCode();
    await daemon.cli("grant", await daemon.device(), "gpio:lamp", "--force");
    await goTo(page, "Switches");
    await page.waitForSelector('[role=switch][aria-checked="false"]');
    await daemon.cli("call", `${URI}gpio.lamp.write`, "-k", "value=true");
    await page.waitForSelector('[role=switch][aria-checked="true"]');
    await tap(page, "Desk lamp", "switch");
    await eventually("it is off", () => lamp.value === false);
  });

  it("says that the daemon is gone, and goes on when it is back", async () => {
    await pairByCode();
    await goTo(page, "Screen");
    await daemon.stop();
    await showsText(page, "Reconnecting…");
    await showsText(page, "The computer does not answer.");
    assert.equal(await page.$eval("[type=range]", ({ disabled }) => disabled), true);
    await daemon.setLevel(420);
    await daemon.run();
    await showsText(page, "Connected");
    await showsText(page, "42 %");
    await slide(page, "Brightness", 0.7);
    await eventually("it works again", async () => Math.abs((await daemon.level()) - 700) < 40);
  });

  it("notices that the network is gone when something is pressed, and that it is back", async () => {
    await pairByCode();
    await goTo(page, "Screen");
    daemon.relay.cut();
    await slide(page, "Brightness", 0.2);
    await showsText(page, "The computer did not answer.");
    await showsText(page, "Reconnecting…");
    daemon.relay.mend();
    await showsText(page, "Connected");
    await slide(page, "Brightness", 0.9);
    await eventually("it works again", async () => Math.abs((await daemon.level()) - 900) < 40);
  });

  it("says that it was removed, and is paired again", async () => {
    await pairByCode();
    await daemon.cli("unpair", await daemon.device());
    await showsText(page, "Removed by the computer");
    await tap(page, "Pair again");
    const { code } = await daemon.pair();
    await enterCode(page, code);
    await tap(page, "They match");
    await showsText(page, "Connected");
  });

  async function pairByCode() {
    const { code } = await daemon.pair();
    await page.goto(daemon.url);
    await enterCode(page, code);
    await tap(page, "They match");
    await showsText(page, "Connected");
    await byRole(page, "button", "Screen");
  }

  /** Serves a switch as a component would, in a session of the owner's. */
  async function furnishLamp() {
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
});
