/** Which part of the page is shown: the one that was chosen, as long as this device may use it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { TABS, type Tab, tabsFor } from "./grants.ts";

/** The tabs, and the one that is shown. */
export interface Tabs {
  readonly tabs: readonly Tab[];
  readonly tab: Tab;
  /** The tab that was shown when the computer took it back, until {@link accept} is called. */
  readonly lost: Tab | undefined;
  choose(tab: Tab): void;
  accept(): void;
}

export function useTab(grants: readonly string[]): Tabs {
  const tabs = tabsFor(grants);
  const [chosen, setChosen] = useState<Tab | undefined>(kept);
  const [lost, setLost] = useState<Tab>();
  const tab = chosen && tabs.includes(chosen) ? chosen : (tabs[0] ?? "computer");
  const before = useRef(tab);

  useEffect(() => {
    if (!tabs.includes(before.current)) {
      setLost(before.current);
    } else if (lost && tabs.includes(lost)) {
      setLost(undefined);
    }
    before.current = tab;
  }, [grants, tab]);

  const choose = (wanted: Tab) => {
    // The address stays as it is: there is nothing in it to share or to come back to.
    history.replaceState({ tab: wanted }, "");
    setChosen(wanted);
    setLost(undefined);
  };
  return { tabs, tab, lost, choose, accept: () => setLost(undefined) };
}

/** The part that was shown before the page was loaded again. */
function kept(): Tab | undefined {
  return TABS.find((tab) => tab === history.state?.tab);
}
