/** The presenter: two big buttons, seven small ones, and the truth about the connection. */

import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Action } from "../actions.ts";
import { actionForKey } from "../keys.ts";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { Presenter } from "../presenter.ts";
import type { Remote, Screen } from "../remote.ts";
import { isLive, notice, statusLine } from "../status.ts";
import { useSwipe } from "../use-swipe.ts";
import { About } from "./about.tsx";
import { ActionIcon } from "./icons.tsx";
import { NoticeBox } from "./notice-box.tsx";

const { present: text } = messages;

/** In the order they stand on the screen. */
const SMALL: readonly Action[] = [
  "first",
  "last",
  "black",
  "white",
  "start",
  "start_current",
  "stop",
];

interface PresentProps {
  readonly remote: Remote;
  readonly screen: Extract<Screen, { kind: "present" }>;
}

export function PresentView({ remote, screen }: PresentProps) {
  const { computer, presenter } = screen;
  const state = useObservable(presenter.state);
  useWakeUp(presenter);
  const status = statusLine(state);
  const wrong = notice(state);
  const isRemoved = state.link === "removed";
  return (
    <div class="present">
      <header class="bar">
        <div>
          <h1>{computer.name}</h1>
          <p class={`status ${status.tone}`} role="status">
            {status.text}
          </p>
        </div>
        <About remote={remote} screen={screen} />
      </header>
      <div role="alert" class={isRemoved ? "alone" : ""}>
        {wrong && (
          <NoticeBox
            notice={wrong}
            pairAgain={() => void remote.pairAgain()}
            checkAgain={() => presenter.recheck()}
            dismiss={() => presenter.dismiss()}
          />
        )}
      </div>
      {!isRemoved && <Controls presenter={presenter} isLive={isLive(state)} />}
    </div>
  );
}

interface ControlsProps {
  readonly presenter: Presenter;
  /** Whether pressing anything does something now. */
  readonly isLive: boolean;
}

function Controls({ presenter, isLive }: ControlsProps) {
  const pad = useRef<HTMLElement>(null);
  const press = useCallback(
    (action: Action) => {
      navigator.vibrate?.(8);
      void presenter.press(action);
    },
    [presenter],
  );
  useKeys(press);
  useSwipe(pad, press);
  const control = (action: Action) => {
    const isOffered = presenter.offers(action);
    return (
      <Control
        key={action}
        action={action}
        isLive={isLive && isOffered}
        isOffered={isOffered}
        press={press}
      />
    );
  };
  return (
    <>
      <main class="pad" ref={pad} aria-label={text.region}>
        {control("previous")}
        {control("next")}
      </main>
      <nav class="row" aria-label={text.more}>
        {SMALL.map(control)}
      </nav>
    </>
  );
}

interface ControlProps {
  readonly action: Action;
  /** Whether pressing it does something now. */
  readonly isLive: boolean;
  /** Whether the program in use has it at all. */
  readonly isOffered: boolean;
  readonly press: (action: Action) => void;
}

function Control({ action, isLive, isOffered, press }: ControlProps) {
  const name = text.actionNames[action];
  return (
    <button
      type="button"
      class={`control ${action}`}
      aria-label={isOffered ? name : text.notSupported(name)}
      // Not `disabled`: the focus must not jump away when the connection blinks.
      aria-disabled={!isLive}
      onClick={() => isOffered && press(action)}
    >
      <ActionIcon action={action} />
      <span>{text.actions[action]}</span>
    </button>
  );
}

/** Keyboards and presenter sticks, as long as this screen is shown. */
function useKeys(press: (action: Action) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isDialogOpen = document.querySelector("dialog[open]") !== null;
      const action = actionForKey(event, event.target instanceof HTMLButtonElement);
      if (action && !isDialogOpen) {
        event.preventDefault();
        press(action);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [press]);
}

/** A phone that wakes up, or finds its network again, asks at once whether the link still lives. */
function useWakeUp(presenter: Presenter): void {
  useEffect(() => {
    const check = () => document.visibilityState === "visible" && presenter.recheck();
    document.addEventListener("visibilitychange", check);
    addEventListener("online", check);
    return () => {
      document.removeEventListener("visibilitychange", check);
      removeEventListener("online", check);
    };
  }, [presenter]);
}
