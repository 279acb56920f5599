/** Sees to it that the content script runs in the sites the browser lets the extension see. */

import { webOrigins } from "../sites.ts";

const ID = "films";
const FILES = ["content.js"];

/** One change after the other: two at a time would both register. */
let last: Promise<unknown> = Promise.resolve();

/** Has pages of the sites that may be seen now, and no others, get the content script when they load. */
export function registerContentScript(): Promise<void> {
  const change = last.then(register);
  last = change.catch(() => {});
  return change;
}

/** Gives the content script to the pages of `origins` that are open already. */
export async function injectContentScript(origins: readonly string[] = []): Promise<void> {
  const url = webOrigins(origins);
  const tabs = url.length > 0 ? await chrome.tabs.query({ url }) : [];
  await Promise.allSettled(
    tabs.flatMap(({ id }) =>
      id === undefined
        ? []
        : [
            chrome.scripting.executeScript({
              target: { tabId: id, allFrames: true },
              files: FILES,
            }),
          ],
    ),
  );
}

async function register(): Promise<void> {
  const matches = webOrigins((await chrome.permissions.getAll()).origins);
  const registered = await chrome.scripting.getRegisteredContentScripts({ ids: [ID] });
  if (registered.length > 0) {
    await chrome.scripting.unregisterContentScripts({ ids: [ID] });
  }
  if (matches.length > 0) {
    const script = { id: ID, js: FILES, matches, allFrames: true } as const;
    await chrome.scripting.registerContentScripts([
      { ...script, matches: [...matches], js: [...FILES], runAt: "document_start" },
    ]);
  }
}
