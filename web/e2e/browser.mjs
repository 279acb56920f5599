/** A headless Chromium with a phone's screen and fingers. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";
import { HOST } from "./peer.mjs";

/** A common phone, and the smallest screen the page must work on. */
export const PHONE = {
  width: 390,
  height: 844,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const SMALL_PHONE = {
  width: 320,
  height: 568,
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const PHONE_ON_ITS_SIDE = { ...PHONE, width: 844, height: 390, isLandscape: true };

/** How long anything the browser does may take, in milliseconds. */
export const PATIENCE = Number(process.env.DESKCONN_PATIENCE ?? 30) * 1000;

/** How long a test may take: what it waits for in vain ends it, and what it holds is let go. */
const TEST_TIMEOUT = 1.5 * PATIENCE;

/** A test that ends in time. */
export function it(name, body) {
  return test(name, { timeout: TEST_TIMEOUT }, body);
}

/**
 * Starts Chromium with a profile of its own, for which `names` lead to loopback; `close` removes both.
 * With the unpacked extension in the folder `extension`, if one is given.
 */
export async function launch({ names = [HOST], extension } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "deskconn-e2e-"));
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    // It ends when this process does, however that comes about.
    pipe: true,
    userDataDir: profile,
    timeout: PATIENCE,
    protocolTimeout: 6 * PATIENCE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(",")}`,
      ...(extension
        ? [
            `--disable-extensions-except=${extension}`,
            `--load-extension=${extension}`,
            // Its button in the toolbar can be clicked.
            "--enable-unsafe-extension-debugging",
          ]
        : []),
    ],
    ignoreDefaultArgs: extension ? ["--disable-extensions"] : [],
  });
  const close = async () => {
    // One that was killed answers no request to end.
    const wasKilled = browser.process().signalCode !== null;
    await (wasKilled ? browser.disconnect() : browser.close());
    await rm(profile, { recursive: true, force: true });
  };
  return { browser, close };
}

/**
 * Starts Firefox with a profile of its own and the unpacked extension in the folder `extension`. What the extension
 * asks to be allowed by a click, it is allowed: nobody is there to be asked.
 */
export async function launchFirefox({ extension }) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    extraPrefsFirefox: { "extensions.webextOptionalPermissionPrompts": false },
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    timeout: PATIENCE,
    protocolTimeout: 6 * PATIENCE,
  });
  await browser.installExtension(extension);
  // It may have been killed already, and would not answer a request to end.
  const close = async () => {
    browser.process().kill("SIGKILL");
    await browser.disconnect();
  };
  return { browser, close };
}

/**
 * Opens a page that has nothing stored.
 *
 * @returns The page, everything it complained about (errors, and breaches of the policy), and every
 *   address that something was asked of.
 */
export async function openPage(browser, { viewport = PHONE, scheme = "light" } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused connection is what some tests are about.
    if (message.type() === "error" && !/ERR_CONNECTION|WebSocket connection/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  const addresses = [];
  page.on("request", (request) => addresses.push(request.url()));
  const protocol = await page.createCDPSession();
  await protocol.send("Network.enable");
  protocol.on("Network.webSocketCreated", ({ url }) => addresses.push(url));
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  return { page, complaints, addresses };
}

/** Has a page that is loaded from now on think that this language, `de-AT`, is its reader's. */
export async function speak(page, language) {
  const userAgent = await page.evaluate(() => navigator.userAgent);
  const protocol = await page.createCDPSession();
  await protocol.send("Emulation.setUserAgentOverride", { userAgent, acceptLanguage: language });
}

/** The one visible element of a role with an accessible name. */
export function byRole(page, role, name) {
  return page.waitForSelector(`::-p-aria([role="${role}"][name="${name}"])`, { visible: true });
}

/** Waits until the page shows a text somewhere. */
export function showsText(page, text) {
  const includes = (wanted) => document.body.innerText.replaceAll("\u00A0", " ").includes(wanted);
  // Pages that are not in front draw no frames to wait for.
  return page.waitForFunction(includes, { polling: 100 }, text);
}
