/** The words of the popup and the settings, by the browser's language: `public/_locales`. */

import type messages from "../../public/_locales/en/messages.json";

/** The name of a text. */
export type TextKey = keyof typeof messages;

/** A text, with what is filled in. */
export function text(key: TextKey, ...filledIn: string[]): string {
  return chrome.i18n.getMessage(key, filledIn);
}

/** Has a page say which language it is in, and what it is called. */
export function introduce(document: Document, title: TextKey): void {
  document.documentElement.lang = chrome.i18n.getUILanguage();
  document.documentElement.dir = chrome.i18n.getMessage("@@bidi_dir");
  document.title = text(title);
}
