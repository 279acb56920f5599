/** The service worker, or event page in Firefox: what the browser tells goes to the {@link Hub}. */

import { Memory } from "../memory.ts";
import {
  type Message,
  PANEL,
  type PanelMessage,
  type PanelState,
  PULSE,
  type WatchingMessage,
} from "../protocol.ts";
import { parseSettings, readSettings, SETTINGS } from "../settings.ts";
import { siteOf } from "../sites.ts";
import { injectContentScript, registerContentScript } from "./content-script.ts";
import { Hub } from "./hub.ts";

const { local } = chrome.storage;

const hub = new Hub({
  memory: new Memory(local),
  name: browserName,
  openSocket: (url, protocols) => new WebSocket(url, protocols),
  now: () => performance.now(),
});

/** What is remembered, read once; whatever comes first waits for it. */
const ready = start();

chrome.runtime.onMessage.addListener((message: Message, sender, answer) => {
  if (message.kind === "watching") {
    void ready.then(() => heard(message, sender));
    return false;
  }
  // Pages of sites have no business with keys; content scripts could be somebody else's by a hole in
  // the browser.
  if (!isOurs(sender)) {
    return false;
  }
  const answering = message.kind === "pair" ? hub.pair(message) : hub.forget();
  void answering.then(answer);
  return true;
});

chrome.runtime.onConnect.addListener((port) => {
  if (port.name !== PANEL || !port.sender || !isOurs(port.sender)) {
    port.disconnect();
    return;
  }
  const panel = { show: (state: PanelState) => port.postMessage(state) };
  port.onMessage.addListener((message: PanelMessage) => void hub.obey(message));
  let isOpen = true;
  port.onDisconnect.addListener(() => {
    isOpen = false;
    hub.closed(panel);
  });
  void ready.then(() => isOpen && hub.opened(panel));
});

chrome.tabs.onRemoved.addListener((tab) => hub.left(tab));

chrome.storage.onChanged.addListener((changes, area) => {
  if (area === "local" && changes[SETTINGS]) {
    hub.settings = parseSettings(changes[SETTINGS].newValue);
  }
});

chrome.permissions.onAdded.addListener(async ({ origins }) => {
  await registerContentScript();
  await injectContentScript(origins);
});

chrome.permissions.onRemoved.addListener(() => void registerContentScript());

chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  await registerContentScript();
  if (reason === chrome.runtime.OnInstalledReason.INSTALL) {
    await chrome.runtime.openOptionsPage();
  }
});

setInterval(() => hub.sweep(), PULSE);

async function start(): Promise<void> {
  // What content scripts can read, a page that breaks out of its sandbox can: keys are not for them.
  await local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });
  hub.settings = await readSettings(local);
  await hub.load();
}

function heard({ watching }: WatchingMessage, sender: chrome.runtime.MessageSender): void {
  const { tab, frameId = 0, url } = sender;
  if (tab?.id !== undefined) {
    hub.heard({ tab: tab.id, frame: frameId, site: siteOf(tab.url ?? url) }, watching);
  }
}

/** Whether a page of the extension speaks, and no content script. */
function isOurs({ id, url }: chrome.runtime.MessageSender): boolean {
  return id === chrome.runtime.id && url?.startsWith(chrome.runtime.getURL("")) === true;
}

/** The names of systems, by what the browser calls them. */
const SYSTEMS: Readonly<Record<string, string>> = {
  android: "Android",
  cros: "ChromeOS",
  linux: "Linux",
  mac: "macOS",
  openbsd: "OpenBSD",
  win: "Windows",
};

/** How browsers give themselves away; the others are Chromium's children and called Chrome. */
const BROWSERS: readonly [RegExp, string][] = [
  [/Firefox\//, "Firefox"],
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/./, "Chrome"],
];

/** Such as “Firefox on Linux”. */
async function browserName(): Promise<string> {
  const { os } = await chrome.runtime.getPlatformInfo();
  const browser = BROWSERS.find(([pattern]) => pattern.test(navigator.userAgent));
  return `${browser?.[1]} on ${SYSTEMS[os] ?? os}`;
}
