/** The web remote in a real browser, while its daemon and its network come and go. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { showsText } from "./browser.mjs";
import { NEEDS_DAEMON, pairWith, stage } from "./real-page.mjs";
import { enterCode, eventually, goTo, slide, tap } from "./visit.mjs";

describe("with a daemon that comes and goes", NEEDS_DAEMON, () => {
  const scene = stage();

  it("says that the daemon is gone, and goes on when it is back", async () => {
    await pairWith(scene);
    const { page, daemon } = scene;
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
    await pairWith(scene);
    const { page, daemon } = scene;
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
    await pairWith(scene);
    const { page, daemon } = scene;
    await daemon.cli("unpair", await daemon.device());
    await showsText(page, "Removed by the computer");
    await tap(page, "Pair again");
    const { code } = await daemon.pair();
    await enterCode(page, code);
    await tap(page, "They match");
    await showsText(page, "Connected");
  });
});
