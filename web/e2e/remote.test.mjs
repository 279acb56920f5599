/**
 * The web remote in a real browser.
 *
 * Against a real daemon: DESKCONN_URL=http://… and DESKCONN_CODE=48217305, or DESKCONN_LINK=http://…#p1.…
 * alone. Without them it runs against the stand-in, which can also be made to misbehave. DESKCONN_PATIENCE is
 * how many seconds anything may take, where the machine is slow; 30 else.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe } from "node:test";
import { byRole, it, launch, openPage, SMALL_PHONE, showsText, speak } from "./browser.mjs";
import { EVERYTHING } from "./furnished-desk.mjs";
import { namedDaemon, startStandIn } from "./peer.mjs";
import { CODE, calls, enterCode, pairByCode, QR_SECRET, tap } from "./visit.mjs";

const named = namedDaemon();

let chromium;

before(async () => {
  chromium = await launch();
});

after(() => chromium?.close());

describe("with the daemon of the environment", {
  skip: !named && "no DESKCONN_URL or DESKCONN_LINK",
}, () => {
  it("pairs, shows the verifier words, connects and takes a tap on Next", async (test) => {
    const { page, complaints } = await openPage(chromium.browser);
    await page.goto(named.link ?? named.url);
    if (!named.link) {
      await enterCode(page, named.code);
    }
    await byRole(page, "button", "They match");
    assert.match(await page.$eval(".words p", (words) => words.textContent), /^\S+ \S+$/);
    assert.equal(new URL(page.url()).hash, "");
    await (await byRole(page, "button", "They match")).tap();
    await showsText(page, "Connected");
    await (await byRole(page, "button", "Next slide")).tap();
    await page.keyboard.press("ArrowRight");
    if (named.told) {
      await showsText(page, named.told);
    }
    await showsText(page, "Connected");
    const notice = await page.$$eval(".notice", (all) => all.map((one) => one.innerText).join(" "));
    assert.doesNotMatch(notice, /does not answer|did not answer|Nothing was sent/);
    test.diagnostic(`notice: ${notice || "none"}`);
    assert.deepEqual(complaints, []);
  });
});

describe("with the stand-in", { skip: named && "a daemon is named" }, () => {
  let peer;
  let page;
  let complaints;

  beforeEach(async () => {
    peer = await startStandIn();
    peer.daemon.pairing.openWindow({ code: CODE, qrSecret: QR_SECRET });
    ({ page, complaints } = await openPage(chromium.browser));
  });

  afterEach(async () => {
    await page?.browserContext().close();
    await peer?.daemon.stop();
  });

  it("needs nothing a page from plain http may not use, and breaks no policy", async () => {
    await pairByCode(page, peer);
    assert.equal(await page.evaluate(() => window.isSecureContext), false);
    assert.equal(await page.evaluate(() => crypto.subtle), undefined);
    assert.deepEqual(complaints, []);
  });

  it("pairs by the typed code and turns slides", async () => {
    await pairByCode(page, peer);
    await tap(page, "Next slide");
    await tap(page, "Previous slide");
    await tap(page, "Black screen, on or off");
    await calls(peer, "slides.next", "slides.previous", "slides.black");
    const [name] = peer.daemon.devices.map((id) => peer.daemon.device(id).name);
    assert.match(name, /^Chrome on /);
  });

  it("pairs by a link by itself and takes the secret out of the address", async () => {
    await page.goto(`${peer.url}#p1.${QR_SECRET}.${peer.daemon.identity.id}`);
    await showsText(page, "Paired with study-laptop");
    assert.equal(page.url(), peer.url);
  });

  it("pairs by a link scanned while the page is open", async () => {
    await page.goto(peer.url);
    await showsText(page, "Pair with this computer");
    await page.evaluate(
      (hash) => location.assign(hash),
      `#p1.${QR_SECRET}.${peer.daemon.identity.id}`,
    );
    await showsText(page, "Paired with study-laptop");
  });

  it("does not pair by a link of another computer", async () => {
    await page.goto(`${peer.url}#p1.${QR_SECRET}.${"a".repeat(32)}`);
    await showsText(page, "That was not your computer.");
    assert.deepEqual(peer.daemon.devices, []);
  });

  it("says how many attempts a wrong code leaves, and pairs with the right one", async () => {
    await page.goto(peer.url);
    await enterCode(page, "11112222");
    await showsText(page, "9 attempts are left.");
    await enterCode(page, CODE);
    await showsText(page, "Paired with study-laptop");
  });

  it("says that the computer is not pairing", async () => {
    peer.daemon.pairing.openWindow({});
    await page.goto(peer.url);
    await enterCode(page, CODE);
    await showsText(page, "The computer is not pairing right now.");
  });

  it("drops a pairing whose words differ", async () => {
    await page.goto(peer.url);
    await enterCode(page, CODE);
    await (await byRole(page, "button", "The words differ")).tap();
    await showsText(page, "The words differed, so this pairing was dropped.");
    await page.reload();
    await showsText(page, "Pair with this computer");
  });

  it("remembers the computer after a reload", async () => {
    await pairByCode(page, peer);
    await page.reload();
    await showsText(page, "Connected");
    await tap(page, "Next slide");
    await calls(peer, "slides.next");
  });

  it("turns slides by swipes and keys", async () => {
    await pairByCode(page, peer);
    await swipe(300, 80);
    await calls(peer, "slides.next");
    await swipe(80, 300);
    await calls(peer, "slides.next", "slides.previous");
    for (const key of ["ArrowRight", "PageUp", "Home", "b"]) {
      await page.keyboard.press(key);
    }
    await calls(
      peer,
      "slides.next",
      "slides.previous",
      "slides.next",
      "slides.previous",
      "slides.first",
      "slides.black",
    );
  });

  it("comes back by itself after the connection broke, and saves no presses up", async () => {
    await pairByCode(page, peer);
    peer.daemon.hangUp();
    await showsText(page, "Reconnecting…");
    await tap(page, "Next slide");
    await showsText(page, "Nothing was sent.");
    await showsText(page, "Connected");
    await tap(page, "Previous slide");
    await calls(peer, "slides.previous");
  });

  it("says that the computer removed it, and pairs again", async () => {
    await pairByCode(page, peer);
    peer.daemon.unpairAll();
    await showsText(page, "Removed by the computer");
    await tap(page, "Pair again");
    peer.daemon.pairing.openWindow({ code: CODE });
    await enterCode(page, CODE);
    await showsText(page, "Paired with study-laptop");
  });

  it("says why slides can not be turned", async () => {
    const reason = "uinput is missing: run `sudo modprobe uinput`";
    peer.daemon.procedures.set("org.deskconn.slides.status", () => ({ available: false, reason }));
    await pairByCode(page, peer);
    await showsText(page, "The computer can not turn slides right now.");
    await showsText(page, "Uinput is missing: run “sudo modprobe uinput”.");
  });

  it("forgets the computer when told to", async () => {
    await pairByCode(page, peer);
    await tap(page, "Computer");
    await tap(page, "Forget this computer");
    await tap(page, "Forget");
    await showsText(page, "Pair with this computer");
    await page.reload();
    await showsText(page, "Pair with this computer");
  });

  for (const [language, connected] of [
    ["en-US", "Connected"],
    ["de-AT", "Verbunden"],
  ]) {
    it(`fits on the smallest phone without scrolling sideways or down, ${language}`, async () => {
      await page.setViewport(SMALL_PHONE);
      peer.daemon.grants = EVERYTHING;
      await pairByCode(page, peer);
      await speak(page, language);
      await page.reload();
      await showsText(page, connected);
      await showsText(page, "LibreOffice Impress");
      assert.equal(await page.$eval("html", ({ lang }) => lang), language.slice(0, 2));
      const fits = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return scrollWidth <= innerWidth && scrollHeight <= innerHeight;
      });
      assert.equal(fits, true);
      const small = await page.$$eval("button", (buttons) =>
        buttons
          .map((button) => button.getBoundingClientRect())
          .filter(({ width, height }) => width > 0 && Math.min(width, height) < 44),
      );
      assert.deepEqual(small, []);
      const cut = await page.$$eval("button span:not(.unseen)", (texts) =>
        texts
          .filter(({ scrollWidth, offsetWidth }) => scrollWidth > offsetWidth)
          .map(({ innerText }) => innerText),
      );
      assert.deepEqual(cut, []);
      assert.deepEqual(complaints, []);
    });
  }

  async function swipe(from, to) {
    const touch = await page.touchscreen.touchStart(from, 400);
    await touch.move((from + to) / 2, 402);
    await touch.move(to, 404);
    await touch.end();
  }
});
