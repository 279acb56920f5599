/** The presenter: two big buttons, seven small ones, the time, and the program that shows the slides. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Action } from "../actions.ts";
import { actionForKey } from "../keys.ts";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import type { Presenter } from "../presenter.ts";
import { featureNotice, isLive } from "../status.ts";
import { useSwipe } from "../use-swipe.ts";
import { useWakeLock } from "../use-wake-lock.ts";
import type { DeskScreen } from "./desk.tsx";
import { Press } from "./parts/controls.tsx";
import { ActionIcon, TabIcon } from "./parts/icons.tsx";
import { NoticeBox } from "./parts/notice-box.tsx";
import { Pad } from "./parts/pad.tsx";
import { TimerStrip } from "./parts/timer.tsx";
import { ViewerButton } from "./parts/viewer.tsx";

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

export function PresentView({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  const { presenter } = features;
  const link = useObservable(desk.state);
  const slides = useObservable(presenter.slides.state);
  const [isPointing, setPointing] = useState(false);
  useWakeLock();
  const wrong = link.link === "online" && featureNotice(slides, text.broken);
  const live = isLive(link, slides);
  const canPoint = desk.may("input");
  return (
    <div class="present">
      {wrong && <NoticeBox notice={wrong} checkAgain={() => void presenter.slides.refresh()} />}
      <div class="strip">
        <TimerStrip shared={features.timer} />
        <div class="strip-end">
          {canPoint && (
            <Press
              class="round"
              label={text.pointerName}
              isLive
              isPressed={isPointing}
              press={() => setPointing(!isPointing)}
            >
              <TabIcon tab="pointer" />
            </Press>
          )}
          <ViewerButton presenter={presenter} isLive={live} />
        </div>
      </div>
      {isPointing && canPoint ? (
        <Pad screen={screen} />
      ) : (
        <BigButtons presenter={presenter} isLive={live} />
      )}
      <SmallButtons presenter={presenter} isLive={live} withTurning={isPointing && canPoint} />
    </div>
  );
}

interface ButtonsProps {
  readonly presenter: Presenter;
  /** Whether pressing anything does something now. */
  readonly isLive: boolean;
}

function BigButtons({ presenter, isLive: live }: ButtonsProps) {
  const pad = useRef<HTMLElement>(null);
  const press = usePress(presenter);
  useKeys(press);
  useSwipe(pad, press);
  return (
    <section class="pad" ref={pad} aria-label={text.region}>
      {(["previous", "next"] as const).map((action) => (
        <Control key={action} action={action} presenter={presenter} isLive={live} press={press} />
      ))}
    </section>
  );
}

/** @param withTurning Whether the two big ones are not there, and have to be here. */
function SmallButtons({
  presenter,
  isLive: live,
  withTurning,
}: ButtonsProps & { withTurning: boolean }) {
  useObservable(presenter.viewers);
  const press = usePress(presenter);
  const actions = withTurning ? (["previous", "next", "black", "white"] as const) : SMALL;
  return (
    <fieldset class={`row ${withTurning ? "four" : ""}`} aria-label={text.more}>
      {actions.map((action) => (
        <Control key={action} action={action} presenter={presenter} isLive={live} press={press} />
      ))}
    </fieldset>
  );
}

interface ControlProps extends ButtonsProps {
  readonly action: Action;
  readonly press: (action: Action) => void;
}

function Control({ action, presenter, isLive: live, press }: ControlProps) {
  const name = text.actionNames[action];
  const isOffered = presenter.offers(action);
  return (
    <button
      type="button"
      class={`control ${action}`}
      aria-label={isOffered ? name : text.notSupported(name)}
      // Not `disabled`: the focus must not jump away when the connection blinks.
      aria-disabled={!(live && isOffered)}
      onClick={() => isOffered && press(action)}
    >
      <ActionIcon action={action} />
      <span>{text.actions[action]}</span>
    </button>
  );
}

function usePress(presenter: Presenter): (action: Action) => void {
  return useCallback(
    (action: Action) => {
      navigator.vibrate?.(8);
      void presenter.press(action);
    },
    [presenter],
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
