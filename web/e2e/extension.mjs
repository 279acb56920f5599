/** The built extension in a browser, paired with a stand-in or a real daemon, and a page with a film. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { byRole, PATIENCE, showsText } from "./browser.mjs";

/** What the key in the manifest makes the id in Chromium. */
export const ID = "fmimmdlilaidagalfbnnkphikfopplcc";

const dist = fileURLToPath(new URL("../extension/dist", import.meta.url));

/** The unpacked extension for a browser, as it was built. */
export function built(browser) {
  return join(dist, browser);
}

/**
 * A copy of the extension for Chromium that may see every site from the start: nobody is there to answer
 * when a browser without a head asks its user.
 *
 * @returns its folder, and what removes it.
 */
export async function allowed() {
  const folder = await mkdtemp(join(tmpdir(), "deskconn-extension-"));
  await cp(built("chromium"), folder, { recursive: true });
  const path = join(folder, "manifest.json");
  const { optional_host_permissions, ...manifest } = JSON.parse(await readFile(path, "utf8"));
  const text = JSON.stringify({ ...manifest, host_permissions: optional_host_permissions });
  await writeFile(path, text);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * The settings page, which the extension opens by itself when it was installed. Firefox does so in the
 * tab that is there, without puppeteer learning of it: the pages have to be asked.
 */
export async function openedSettings(browser) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    for (const page of await browser.pages()) {
      const path = await page.evaluate(() => location.pathname).catch(() => "on its way");
      if (path === "/options.html") {
        page.setDefaultTimeout(PATIENCE);
        return page;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the extension has not opened its settings");
}

/** Clicks the extension's button in the toolbar over a page; Chromium only. @returns the popup. */
export async function openPopup(browser, page) {
  await page.bringToFront();
  await (await browser.extensions()).get(ID).triggerAction(page);
  const target = await browser.waitForTarget(isPopup, { timeout: PATIENCE });
  const popup = await target.asPage();
  popup.setDefaultTimeout(PATIENCE);
  return popup;
}

/** Whether something in a browser is the popup. */
export function isPopup(target) {
  return target.url() === `chrome-extension://${ID}/popup.html`;
}

/**
 * Says beforehand what a person would say to Chromium's question whether the extension may see some pages: a browser
 * without a head has nobody to ask.
 *
 * @param pattern Which pages.
 */
export function allow(browser, pattern) {
  return decide(browser, "addHostPermission", pattern);
}

/** Takes back what a person had {@link allow}ed, as Chromium's own page for extensions lets them. */
export function takeBack(browser, pattern) {
  return decide(browser, "removeHostPermission", pattern);
}

async function decide(browser, decision, pattern) {
  const page = await browser.newPage();
  await page.goto("chrome://extensions");
  const ask = (id, decision, pattern) => chrome.developerPrivate[decision](id, pattern);
  await page.evaluate(ask, ID, decision, pattern);
  await page.close();
}

/** Fills in the form of the settings and sends it. */
export async function enterPairing(page, address, code) {
  for (const [name, value] of [
    ["Address", address],
    ["Pairing code", code],
  ]) {
    const field = await byRole(page, "textbox", name);
    await field.click({ count: 3 });
    await field.type(value);
  }
  await (await byRole(page, "button", "Pair")).click();
}

/** Pairs on the settings page, which stays open. */
export async function pair(page, address, code) {
  await enterPairing(page, address, code);
  await (await byRole(page, "button", "They are the same")).click();
  await showsText(page, "Connected");
}

/** A page with a video of what a canvas draws, and a button; `script` says where they go. */
const page = (script) => `<!doctype html><title>Film</title><link rel="icon" href="data:,">
<style>
  video { width: 320px; height: 180px }
  :fullscreen video, video:fullscreen, :host(:fullscreen) video { width: 100vw; height: 100vh }
</style>
<button id="go">Full screen</button>
<script>
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  setInterval(() => context.fillRect(Math.random() * 300, 0, 9, 150), 40);
  const video = document.createElement("video");
  video.srcObject = canvas.captureStream(25);
  video.muted = true;
  const box = document.body.appendChild(document.createElement("div"));
  const fill = (element) => { document.querySelector("#go").onclick = () => element.requestFullscreen(); };
  ${script}
</script>`;

const PAUSED = "box.append(video); fill(box);";
const SHADOW = `box.attachShadow({ mode: "open" }).append(document.querySelector("style").cloneNode(true), video);
  fill(box);`;

const PAGES = {
  "/box": page(`${PAUSED} video.play();`),
  "/bare": page("box.append(video); fill(video); video.play();"),
  "/shadow": page(`${SHADOW} video.play();`),
  "/paused": page(PAUSED),
};

/** Serves the pages at every name that leads to loopback. */
export async function cinema() {
  const server = createServer(({ url }, response) => {
    // The other name of loopback is another site.
    const film = `http://localhost:${server.address().port}/box`;
    const framed = `<!doctype html><link rel="icon" href="data:,">
      <iframe src="${film}" allow="fullscreen" width="400" height="300"></iframe>`;
    const body = url === "/framed" ? framed : PAGES[url];
    response.writeHead(body ? 200 : 404, { "content-type": "text/html" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: (path) => `http://127.0.0.1:${server.address().port}${path}`, close };
}
