/** A paired computer: its name, the truth about the connection, and one of its parts at a time. */

import { useEffect } from "preact/hooks";
import type { Desk } from "../desk.ts";
import type { Tab } from "../grants.ts";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { Remote, Screen } from "../remote.ts";
import { notice, statusLine } from "../status.ts";
import { useTab } from "../use-tab.ts";
import { ComputerView } from "./computer.tsx";
import { LinesView } from "./lines.tsx";
import { MediaView } from "./media.tsx";
import { TabIcon } from "./parts/icons.tsx";
import { NoticeBox } from "./parts/notice-box.tsx";
import { PointerView } from "./pointer.tsx";
import { PresentView } from "./present.tsx";
import { ScreenView } from "./screen.tsx";

/** The screen of a computer. */
export type DeskScreen = Extract<Screen, { kind: "desk" }>;

interface DeskProps {
  readonly remote: Remote;
  readonly screen: DeskScreen;
}

export function DeskView({ remote, screen }: DeskProps) {
  const { computer, desk } = screen;
  const state = useObservable(desk.state);
  const { tabs, tab, lost, choose, accept } = useTab(desk.grants);
  useWakeUp(desk);
  const status = statusLine(state);
  const wrong = notice(state);
  const isRemoved = state.link === "removed";
  return (
    <div class={`desk ${tab}`}>
      <header class="bar">
        <h1>{computer.name}</h1>
        <p class={`status ${status.tone}`} role="status">
          {status.text}
        </p>
      </header>
      <div role="alert" class="notices">
        {wrong && !isRemoved && (
          <NoticeBox
            notice={wrong}
            checkAgain={() => desk.recheck()}
            dismiss={() => desk.dismiss()}
          />
        )}
        {lost && !isRemoved && (
          <NoticeBox
            notice={{
              tone: "waiting",
              title: messages.problem.less.title,
              advice: messages.problem.less.advice(messages.tabs[lost]),
              actions: ["dismiss"],
            }}
            dismiss={accept}
          />
        )}
      </div>
      {isRemoved ? (
        <main class="alone">
          <div role="alert">
            {wrong && (
              <NoticeBox
                notice={wrong}
                pairAgain={() => void remote.pairAgain()}
                checkAgain={() => desk.recheck()}
              />
            )}
          </div>
        </main>
      ) : (
        <>
          <main class="part" aria-label={messages.tabs[tab]}>
            <Part tab={tab} remote={remote} screen={screen} />
          </main>
          <nav class="tabs" aria-label={messages.navigation}>
            {tabs.map((name) => (
              <button
                key={name}
                type="button"
                aria-current={name === tab ? "page" : undefined}
                onClick={() => choose(name)}
              >
                <TabIcon tab={name} />
                <span>{messages.tabs[name]}</span>
              </button>
            ))}
          </nav>
        </>
      )}
    </div>
  );
}

function Part({ tab, remote, screen }: DeskProps & { tab: Tab }) {
  switch (tab) {
    case "slides":
      return <PresentView screen={screen} />;
    case "screen":
      return <ScreenView screen={screen} />;
    case "media":
      return <MediaView screen={screen} />;
    case "pointer":
      return <PointerView screen={screen} />;
    case "lines":
      return <LinesView screen={screen} />;
    case "computer":
      return <ComputerView remote={remote} screen={screen} />;
  }
}

/** A phone that wakes up, or finds its network again, asks at once whether the link still lives. */
function useWakeUp(desk: Desk): void {
  useEffect(() => {
    const check = () => document.visibilityState === "visible" && desk.recheck();
    document.addEventListener("visibilitychange", check);
    addEventListener("online", check);
    return () => {
      document.removeEventListener("visibilitychange", check);
      removeEventListener("online", check);
    };
  }, [desk]);
}
