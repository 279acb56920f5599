/** The settings: the computer, how bright films are, and on which sites. */

import { render } from "preact";
import { siteOfPattern } from "../sites.ts";
import { useBackground } from "./background.ts";
import {
  type Choices,
  forgetSite,
  isEverywhere,
  switchEverywhere,
  switchSite,
  useChoices,
} from "./choices.ts";
import { notice } from "./notice.ts";
import { Pairing } from "./pairing.tsx";
import { Level, NoticeBox, Status, Switch } from "./pieces.tsx";
import { introduce, text } from "./text.ts";

function Options() {
  const [state, say] = useBackground();
  const choices = useChoices();
  const wrong = state?.computer && notice(state);
  return (
    <main class="options">
      <header>
        <h1>{text("name")}</h1>
        <Status state={state} />
      </header>
      <section aria-label={text("computer")}>{state && <Pairing state={state} />}</section>
      <NoticeBox notice={wrong}>
        {wrong?.remedy === "check" && (
          <button type="button" onClick={() => say({ kind: "check" })}>
            {text("checkAgain")}
          </button>
        )}
      </NoticeBox>
      <section aria-labelledby="films">
        <h2 id="films">{text("films")}</h2>
        <Level percent={choices.percent} />
        <Switch
          label={text("allSites")}
          on={isEverywhere(choices)}
          onSwitch={(on) => void switchEverywhere(choices, on)}
        />
        <p class="aside">{text("sitesAdvice")}</p>
        <Sites choices={choices} />
      </section>
    </main>
  );
}

/** The sites that were switched on or off one by one. */
function Sites({ choices }: { readonly choices: Choices }) {
  const on = choices.origins.flatMap((origin) => siteOfPattern(origin) ?? []);
  return (
    <>
      <SiteList
        title={text("sitesOn")}
        sites={[...new Set(on)]}
        onRemove={(site) => void switchSite(choices, site, false)}
      />
      <SiteList
        title={text("sitesOff")}
        sites={choices.sitesOff}
        onRemove={(site) => void forgetSite(choices, site)}
      />
    </>
  );
}

interface SiteListProps {
  readonly title: string;
  readonly sites: readonly string[];
  readonly onRemove: (site: string) => void;
}

function SiteList({ title, sites, onRemove }: SiteListProps) {
  if (sites.length === 0) {
    return null;
  }
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {sites.map((site) => (
          <li key={site} class="row">
            <span>{site}</span>
            <button
              type="button"
              class="quiet"
              aria-label={text("removeSite", site)}
              onClick={() => onRemove(site)}
            >
              {text("remove")}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

introduce(document, "settingsTitle");
render(<Options />, document.body);
