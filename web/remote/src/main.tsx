/** Where the page begins: opens the store, makes the remote, draws it. */

import { openStore } from "@deskconn/client";
import { render } from "preact";
import { messages } from "./messages.ts";
import { Remote } from "./remote.ts";
import "./styles/base.css";
import "./styles/pair.css";
import "./styles/desk.css";
import "./styles/parts.css";
import "./styles/present.css";
import "./styles/things.css";
import { App } from "./views/app.tsx";

document.documentElement.lang = messages.language;

const remote = new Remote({
  store: await openStore(),
  host: location.host,
  secure: location.protocol === "https:",
  userAgent: navigator.userAgent,
});

/** The fragment of the page's address. A secret in it is taken out of the address at once. */
function takeFragment(): string {
  const { hash, pathname, search } = location;
  if (hash) {
    history.replaceState(null, "", pathname + search);
  }
  return hash;
}

// A link scanned while the page is open only changes the fragment.
addEventListener("hashchange", () => void remote.followLink(takeFragment()));

render(<App remote={remote} />, document.getElementById("app") as HTMLElement);
await remote.start(takeFragment());
