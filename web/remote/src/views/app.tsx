/** The page: one screen at a time. */

import { useEffect } from "preact/hooks";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { Remote } from "../remote.ts";
import { DeskView } from "./desk.tsx";
import { PairView } from "./pair.tsx";
import { PairedView } from "./paired.tsx";

export function App({ remote }: { remote: Remote }) {
  const screen = useObservable(remote.screen);
  const computer = screen.kind === "desk" ? screen.computer.name : undefined;
  useEffect(() => {
    document.title = computer ? messages.title(computer) : messages.product;
  }, [computer]);

  switch (screen.kind) {
    case "loading":
      return <p class="loading">{messages.loading}</p>;
    case "pair":
      return <PairView remote={remote} canGoBack={screen.canGoBack} />;
    case "paired":
      return <PairedView remote={remote} pairing={screen.pairing} forgetful={screen.forgetful} />;
    case "desk":
      return <DeskView key={screen.computer.id} remote={remote} screen={screen} />;
  }
}
