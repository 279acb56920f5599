/** The settings and permissions as a page shows them: they change under it, also by other pages. */

import { useEffect, useState } from "preact/hooks";
import { changeSettings, DEFAULTS, readSettings, type Settings } from "../settings.ts";
import { EVERYWHERE, patternOf, siteOf, siteOfPattern, webOrigins } from "../sites.ts";

/** What was chosen, and what the browser allows. */
export interface Choices extends Settings {
  /** The patterns of the sites that the extension may see. */
  readonly origins: readonly string[];
}

const { local } = chrome.storage;

/** The choices, as long as the component is there. */
export function useChoices(): Choices {
  const [choices, setChoices] = useState<Choices>({ ...DEFAULTS, origins: [] });
  useEffect(() => {
    const read = async () => {
      const { origins } = await chrome.permissions.getAll();
      setChoices({ ...(await readSettings(local)), origins: webOrigins(origins) });
    };
    const { onChanged } = chrome.storage;
    const { onAdded, onRemoved } = chrome.permissions;
    const events = [onChanged, onAdded, onRemoved] as chrome.events.Event<() => void>[];
    const listen = () => void read();
    for (const event of events) {
      event.addListener(listen);
    }
    void read();
    return () => {
      for (const event of events) {
        event.removeListener(listen);
      }
    };
  }, []);
  return choices;
}

/** The site in front of the popup, if it is one of the web's. */
export function useSite(): string | undefined {
  const [site, setSite] = useState<string>();
  useEffect(() => {
    void chrome.tabs
      .query({ active: true, currentWindow: true })
      .then(([tab]) => setSite(siteOf(tab?.url)));
  }, []);
  return site;
}

/** Whether every site may be seen. */
export function isEverywhere({ origins }: Choices): boolean {
  return ["http", "https"].every((scheme) =>
    origins.some((origin) => [EVERYWHERE, `${scheme}://*/*`].includes(origin)),
  );
}

/** Whether films of a site brighten the screen. */
export function isOn(choices: Choices, site: string): boolean {
  const isSeen = isEverywhere(choices) || choices.origins.some((on) => siteOfPattern(on) === site);
  return isSeen && !choices.sitesOff.includes(site);
}

/**
 * Switches a site on or off. To be called straight from a click: the browser may ask the person first,
 * and may close the popup for that.
 */
export async function switchSite(choices: Choices, site: string, on: boolean): Promise<void> {
  const others = choices.sitesOff.filter((off) => off !== site);
  const isOwn = choices.origins.some((origin) => siteOfPattern(origin) === site);
  if (on) {
    const asked = isOwn || isEverywhere(choices) || requestSites(patternOf(site));
    await changeSettings(local, { sitesOff: others });
    await asked;
  } else if (isOwn) {
    const own = choices.origins.filter((origin) => siteOfPattern(origin) === site);
    await chrome.permissions.remove({ origins: own });
  }
  if (!on && isEverywhere(choices)) {
    await changeSettings(local, { sitesOff: [...others, site] });
  }
}

/** Switches every site on, or leaves those that were switched on one by one. */
export async function switchEverywhere(choices: Choices, on: boolean): Promise<void> {
  if (on) {
    await requestSites(EVERYWHERE);
  } else {
    const wide = choices.origins.filter((origin) => siteOfPattern(origin) === undefined);
    await chrome.permissions.remove({ origins: wide });
  }
}

/** Chooses how bright films are. */
export function setLevel(percent: number): Promise<void> {
  return changeSettings(local, { percent });
}

/** Takes a site off the list of those that were switched off. */
export function forgetSite({ sitesOff }: Choices, site: string): Promise<void> {
  return changeSettings(local, { sitesOff: sitesOff.filter((off) => off !== site) });
}

function requestSites(pattern: string): Promise<boolean> {
  return chrome.permissions.request({ origins: [pattern] });
}
