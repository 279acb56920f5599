/** The web remote in a real browser, working a desktop by the real daemon: players, sound, the lock. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { byRole, showsText } from "./browser.mjs";
import { NEEDS_DAEMON, pairWith, stage } from "./real-page.mjs";
import { eventually, goTo, slide, tap } from "./visit.mjs";

const PLAYER = ["/org/mpris/MediaPlayer2", "org.mpris.MediaPlayer2.Player"];
const BATTERY = ["/org/freedesktop/UPower/devices/DisplayDevice", "org.freedesktop.UPower.Device"];
const SESSION = ["/org/freedesktop/login1/session/c1", "org.freedesktop.login1.Session"];

describe("with a desktop", NEEDS_DAEMON, () => {
  const scene = stage({
    desktop: ["players", "logind-locks", "saver", "notifications", "portal", "upower"],
  });

  it("shows what plays, works it, and follows what it does by itself", async () => {
    await pairWith(scene);
    const { page, desktop } = scene;
    await goTo(page, "Media");
    await showsText(page, "Song 1");
    await showsText(page, "A, B · Radio · Playing");
    await showsText(page, "A, B · Tape · Paused");
    await tap(page, "Pause");
    await desktop.wasCalled(/ PlayPause/);
    await slide(page, "Position in Radio", 0.5);
    const [, microseconds] = await desktop.wasCalled(/SetPosition "\/track\/1" (\d+)/);
    assert.ok(Math.abs(microseconds / 200_000_000 - 0.5) < 0.03, microseconds);
    await desktop.happen("update", ...PLAYER, { PlaybackStatus: "Stopped" });
    await showsText(page, "A, B · Radio · Stopped");
  });

  it("sets the volume, mutes, and follows who does so at the computer", async () => {
    await pairWith(scene);
    const { page, desktop } = scene;
    await goTo(page, "Media");
    await slide(page, "Volume", 0.4);
    await eventually("it is as loud", async () => {
      const [, percent] = (await desktop.pactl("get-sink-volume", "@DEFAULT_SINK@")).match(
        /(\d+)%/,
      );
      return Math.abs(percent - 40) <= 3;
    });
    await tap(page, "Mute the speakers");
    await says(desktop, ["get-sink-mute", "@DEFAULT_SINK@"], "Mute: yes");
    await showsText(page, "Muted");
    await tap(page, "Mute microphone", "switch");
    await says(desktop, ["get-source-mute", "@DEFAULT_SOURCE@"], "Mute: yes");
    await desktop.pactl("set-sink-mute", "@DEFAULT_SINK@", "0");
    await desktop.pactl("set-sink-volume", "@DEFAULT_SINK@", "55%");
    await showsText(page, "55 %");
  });

  it("locks the screen, says so, and follows who unlocks it", async () => {
    await pairWith(scene);
    const { page, desktop } = scene;
    await goTo(page, "Screen");
    await tap(page, "Lock the screen");
    await desktop.wasCalled(/ Lock/);
    await showsText(page, "The screen is locked.");
    await desktop.happen("update", ...SESSION, { LockedHint: false });
    await showsText(page, "The screen is unlocked.");
  });

  it("keeps the screen awake for as long as the page is there", async () => {
    await pairWith(scene);
    const { page, daemon, desktop } = scene;
    await daemon.cli("grant", await daemon.device(), "screen.awake");
    await goTo(page, "Screen");
    await tap(page, "Keep the screen awake", "switch");
    await desktop.wasCalled(/ Inhibit /);
    await page.waitForSelector('[role=switch][aria-checked="true"]');
    await page.goto("about:blank");
    await desktop.wasCalled(/ UnInhibit /);
  });

  it("follows the battery, and sends to the desk what its owner lets it", async () => {
    await pairWith(scene);
    const { page, daemon, desktop } = scene;
    await goTo(page, "Computer");
    const device = await daemon.device();
    await daemon.cli("grant", device, "host", "notify", "open", "--force");
    await showsText(page, "80 %, discharging, 1 h 30 min left");
    await desktop.happen("update", ...BATTERY, { State: 1, Percentage: 81, TimeToFull: 1800 });
    await showsText(page, "81 %, charging, 30 min left");
    await (await byRole(page, "textbox", "Note")).type("<b>Tea?</b>");
    await tap(page, "Show");
    await desktop.wasCalled(/Notify "DeskConn" 0 "" "[^"]+ via DeskConn: <b>Tea\?<\/b>"/);
    await (await byRole(page, "textbox", "Web address")).type("example.org");
    await tap(page, "Open");
    await desktop.wasCalled(/OpenURI "https:\/\/example.org\/"/);
  });
});

/** Waits until the sound server says this. */
async function says(desktop, words, wanted) {
  await eventually(wanted, async () => (await desktop.pactl(...words)).trim() === wanted);
}
