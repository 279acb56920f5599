/** What this device may do, and which parts of the page come of it. */

/** The parts of the page, in the order of their tabs. */
export const TABS = ["slides", "screen", "media", "pointer", "lines", "computer"] as const;

/** One of them. */
export type Tab = (typeof TABS)[number];

/** The grants a part of the page is there for: any of them will do. */
const NEEDS: Record<Exclude<Tab, "computer">, (grant: string) => boolean> = {
  slides: (grant) => grant === "slides",
  screen: (grant) => ["screen.brightness", "screen.lock", "screen.awake"].includes(grant),
  media: (grant) => ["media", "volume"].includes(grant),
  pointer: (grant) => grant === "input",
  lines: (grant) => lineOf(grant) !== undefined,
};

/** The parts a device with these grants has; what there is to know about the computer always is. */
export function tabsFor(grants: readonly string[]): Tab[] {
  return TABS.filter((tab) => tab === "computer" || grants.some(NEEDS[tab]));
}

/** The names of the GPIO lines among these grants. */
export function linesOf(grants: readonly string[]): string[] {
  return grants.map(lineOf).filter((line) => line !== undefined);
}

function lineOf(grant: string): string | undefined {
  return grant.match(/^gpio:(.+)$/)?.[1];
}
