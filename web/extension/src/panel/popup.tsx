/** The popup: how the connection is, films of this site, slides. */

import { render } from "preact";
import { useBackground } from "./background.ts";
import { isOn, switchSite, useChoices, useSite } from "./choices.ts";
import { notice } from "./notice.ts";
import { Level, NoticeBox, Status, Switch } from "./pieces.tsx";
import { introduce, text } from "./text.ts";

function Popup() {
  const [state, say] = useBackground();
  const choices = useChoices();
  const site = useSite();
  const wrong = state && notice(state);
  const isOnline = state?.link === "online";
  const press = (action: "next" | "previous") => () => say({ kind: "slide", action });
  return (
    <main class="popup">
      <header>
        <h1>{state?.computer?.name ?? text("name")}</h1>
        <Status state={state} />
      </header>
      <NoticeBox notice={wrong}>
        {wrong?.remedy === "check" && (
          <button type="button" onClick={() => say({ kind: "check" })}>
            {text("checkAgain")}
          </button>
        )}
      </NoticeBox>
      <section aria-labelledby="films">
        <h2 id="films">{text("films")}</h2>
        {site === undefined ? (
          <p class="aside">{text("noSite")}</p>
        ) : (
          <Switch
            label={text("brightenSite", site)}
            on={isOn(choices, site)}
            onSwitch={(on) => void switchSite(choices, site, on)}
          />
        )}
        <Level percent={choices.percent} />
      </section>
      <section aria-labelledby="slides">
        <h2 id="slides">{text("slides")}</h2>
        <div class="pair">
          <button
            type="button"
            class="secondary"
            aria-label={text("previousSlide")}
            disabled={!isOnline}
            onClick={press("previous")}
          >
            {text("previous")}
          </button>
          <button
            type="button"
            class="primary"
            aria-label={text("nextSlide")}
            disabled={!isOnline}
            onClick={press("next")}
          >
            {text("next")}
          </button>
        </div>
      </section>
      <footer>
        <button
          type="button"
          class="quiet"
          onClick={() => void chrome.runtime.openOptionsPage().then(() => window.close())}
        >
          {text("settings")}
        </button>
      </footer>
    </main>
  );
}

introduce(document, "name");
render(<Popup />, document.body);
