/** What a person has chosen: how bright films are, and on which sites not. */

import type { Area } from "./memory.ts";

/** See the module's description. */
export interface Settings {
  /** How bright the screen is made for a film, in percent. */
  readonly percent: number;
  /** Hosts on which films are left alone although the extension may see them. */
  readonly sitesOff: readonly string[];
}

/** The darkest and the brightest level that can be chosen, and the step between two levels. */
export const LEVEL = { min: 10, max: 100, step: 5 };

/** What holds until somebody has chosen. */
export const DEFAULTS: Settings = { percent: 100, sitesOff: [] };

/** The key in storage. */
export const SETTINGS = "settings";

/** Reads the settings; what makes no sense is as if nobody had chosen. */
export async function readSettings(area: Area): Promise<Settings> {
  const { [SETTINGS]: stored } = await area.get([SETTINGS]);
  return parseSettings(stored);
}

/** Changes some of the settings. */
export async function changeSettings(area: Area, change: Partial<Settings>): Promise<void> {
  await area.set({ [SETTINGS]: { ...(await readSettings(area)), ...change } });
}

/** The settings in whatever storage holds. */
export function parseSettings(stored: unknown): Settings {
  const { percent, sitesOff } = (stored ?? {}) as Partial<Record<keyof Settings, unknown>>;
  return {
    percent: isLevel(percent) ? percent : DEFAULTS.percent,
    sitesOff: Array.isArray(sitesOff) ? sitesOff.filter((site) => typeof site === "string") : [],
  };
}

function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= LEVEL.min && Number(value) <= LEVEL.max;
}
