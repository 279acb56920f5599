/** What a person does on the page, and what the stand-in saw of it. */

import assert from "node:assert/strict";
import { byRole, showsText } from "./browser.mjs";

export const CODE = "48217305";
export const QR_SECRET = "AAECAwQFBgcICQoLDA0ODw";

/** Types a code, and has the page pair with it. */
export async function enterCode(page, code) {
  const field = await byRole(page, "textbox", "Pairing code");
  await field.click({ count: 3 });
  await field.type(code);
  await tap(page, "Pair");
}

/** Pairs with the stand-in by its code, and waits until the page is connected. */
export async function pairByCode(page, peer) {
  peer.daemon.pairing.openWindow({ code: CODE, qrSecret: QR_SECRET });
  await page.goto(peer.url);
  await enterCode(page, CODE);
  await tap(page, "They match");
  await showsText(page, "Connected");
}

/** Taps the button, or the switch, of this name. */
export async function tap(page, name, role = "button") {
  await (await byRole(page, role, name)).tap();
}

/** Goes to a part of the page. */
export async function goTo(page, part) {
  await tap(page, part);
  await page.waitForSelector(`main[aria-label="${part}"]`);
}

/** Moves a slider as far as a part of its length says. */
export async function slide(page, name, part) {
  const slider = await byRole(page, "slider", name);
  const { x, y, width, height } = await slider.boundingBox();
  // The knob does not go beyond the ends.
  const knob = 28;
  const at = { x: x + knob / 2 + part * (width - knob), y: y + height / 2 };
  const touch = await page.touchscreen.touchStart(at.x, at.y);
  await touch.end();
}

/** Draws a finger over the page's pad, once it is there and listens, and lifts it when it rests. */
export async function draw(page, { from: [x, y], to: [toX, toY] }) {
  await page.waitForSelector(".surface");
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  const protocol = await page.createCDPSession();
  await protocol.send("Input.synthesizeScrollGesture", {
    x,
    y,
    xDistance: toX - x,
    yDistance: toY - y,
    gestureSourceType: "touch",
    // It would throw the page, which takes the next tap for a stop.
    preventFling: true,
  });
  await protocol.detach();
}

/** Waits until something is so. */
export async function eventually(what, isSo) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await isSo()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`not so: ${what}`);
}

/** Waits until the stand-in was asked for exactly these procedures, questions about its state apart. */
export async function calls(peer, ...procedures) {
  const questions = ["status", "profiles", "list", "schedule"];
  const seen = () =>
    peer.daemon.calls
      .map(({ procedure }) => procedure.replace("org.deskconn.", ""))
      .filter((procedure) => !questions.includes(procedure.split(".").at(-1)));
  for (let tries = 0; tries < 400 && seen().length < procedures.length; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.deepEqual(seen(), procedures);
}

/** What the last call of a procedure took. */
export function argumentsOf(peer, procedure) {
  const seen = peer.daemon.calls.filter((call) => call.procedure === `org.deskconn.${procedure}`);
  return seen.at(-1)?.kwargs;
}
