/** The computer's screen: how bright it is, whether it is locked, and whether it may go dark. */

import { call } from "@deskconn/client";
import { useState } from "preact/hooks";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import { useDial } from "../use-dial.ts";
import type { DeskScreen } from "./desk.tsx";
import { FeatureCard } from "./parts/card.tsx";
import { Press, Slider, Switch } from "./parts/controls.tsx";
import { Sign, TabIcon } from "./parts/icons.tsx";

const { screen: text } = messages;

export function ScreenView({ screen }: { screen: DeskScreen }) {
  return (
    <div class="cards">
      <BrightnessCard screen={screen} />
      <LockCard screen={screen} />
      <AwakeCard screen={screen} />
    </div>
  );
}

function BrightnessCard({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  return (
    <FeatureCard
      title={text.brightness}
      desk={desk}
      feature={features.brightness}
      broken={text.brokenBrightness}
    >
      {({ displays = [], boosted }, isLive) => (
        <>
          {displays.map((display) => (
            <BrightnessDial
              key={display.id}
              screen={screen}
              isLive={isLive}
              display={display}
              isOnly={displays.length === 1}
            />
          ))}
          {boosted && <p class="faint">{text.boosted}</p>}
        </>
      )}
    </FeatureCard>
  );
}

interface BrightnessDialProps {
  readonly screen: DeskScreen;
  readonly display: { readonly id: string; readonly name: string; readonly percent: number };
  readonly isOnly: boolean;
  readonly isLive: boolean;
}

function BrightnessDial({ screen, display, isOnly, isLive }: BrightnessDialProps) {
  const { desk, features } = screen;
  const [percent, drag] = useDial(display.percent, async (wanted) => {
    const request = { percent: wanted, display: display.id };
    const status = await desk.ask(
      () => call(desk.connection, "screen.brightness.set", request),
      features.brightness,
    );
    features.brightness.accept(status);
  });
  return (
    <div class="dial">
      <TabIcon tab="screen" />
      <div>
        {!isOnly && <h3>{display.name}</h3>}
        <Slider
          label={isOnly ? text.brightness : `${text.brightness}: ${display.name}`}
          value={percent}
          min={1}
          text={`${percent} %`}
          isLive={isLive}
          drag={drag}
        />
      </div>
      <output>{percent} %</output>
    </div>
  );
}

function LockCard({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  const [isRequested, setRequested] = useState(false);
  const lock = async () => {
    const answer = await desk.ask(() => call(desk.connection, "screen.lock.lock"), features.lock);
    setRequested(answer?.state === "requested");
  };
  return (
    <FeatureCard title={text.lock} desk={desk} feature={features.lock} broken={text.brokenLock}>
      {({ state }, isLive) => (
        <>
          <p class={`fact ${state}`} role="status">
            <Sign of="lock" />
            {isRequested && state !== "locked" ? text.requested : text[state]}
          </p>
          <Press class="primary" isLive={isLive && state !== "locked"} press={() => void lock()}>
            {text.lockNow}
          </Press>
        </>
      )}
    </FeatureCard>
  );
}

function AwakeCard({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  const { status, isWanted } = features.awake;
  const isOurs = useObservable(isWanted);
  return (
    <FeatureCard title={text.awake} desk={desk} feature={status} broken={text.brokenAwake}>
      {({ awake }, isLive) => (
        <div class="setting">
          <p class="faint">{awake && !isOurs ? text.awakeByOthers : text.awakeAdvice}</p>
          <Switch
            label={text.awake}
            isOn={isOurs}
            isLive={isLive}
            set={(isOn) => void features.awake.set(isOn)}
          />
        </div>
      )}
    </FeatureCard>
  );
}
