/** How this browser presents itself to the computer it pairs with. */

import type { Profile } from "@deskconn/client";

/** Name and version of this program, as the pairing's `app`. */
export const APP = "deskconn-web/0.1.0";

/** What the web remote asks to be allowed. */
const GRANTS = ["slides", "status", "screen.brightness", "screen.lock", "media", "volume"];

/** The first match wins, so browsers that claim to be another stand before it. */
const BROWSERS: readonly [RegExp, string][] = [
  [/Edg(A|iOS)?\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/SamsungBrowser\//, "Samsung Internet"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];

const PLATFORMS: readonly [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Macintosh/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** The profile of the browser that calls itself `userAgent`, such as “Firefox on Android”. */
export function profileOf(userAgent: string): Profile {
  const browser = firstMatch(BROWSERS, userAgent) ?? "Browser";
  const platform = firstMatch(PLATFORMS, userAgent) ?? "";
  const name = platform ? `${browser} on ${platform}` : browser;
  return { name, platform, model: browser, kind: "web", grants: GRANTS };
}

function firstMatch(table: readonly [RegExp, string][], text: string): string | undefined {
  return table.find(([pattern]) => pattern.test(text))?.[1];
}
