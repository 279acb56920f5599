/** In every frame of the sites the extension may see: tells the background whether a film is watched. */

import type { WatchingMessage } from "../protocol.ts";
import { Watcher } from "./watcher.ts";

/** A frame may be given this script twice: when its page loads, and when its site is switched on. */
const page = globalThis as { deskconnWatcher?: Watcher };

if (!page.deskconnWatcher) {
  const watcher = new Watcher(document, say);
  page.deskconnWatcher = watcher;
  watcher.start();
}

function say(watching: boolean): void {
  // Without an id, this is what an update or a removal of the extension has left behind in the page.
  if (chrome.runtime?.id) {
    const message: WatchingMessage = { kind: "watching", watching };
    // Nobody answers, and an extension that is being replaced does not listen.
    chrome.runtime.sendMessage(message).catch(() => {});
  }
}
