/** The switches and sensors that the computer's owner has named, as they are at this moment. */

import type { GpioStatus } from "@deskconn/client";
import { useState } from "preact/hooks";
import { messages } from "../messages.ts";
import { useObservable } from "../observable.ts";
import { sentence } from "../sentence.ts";
import { featureNotice, isLive } from "../status.ts";
import type { DeskScreen } from "./desk.tsx";
import { Press, Switch } from "./parts/controls.tsx";
import { Sign } from "./parts/icons.tsx";
import { NoticeBox } from "./parts/notice-box.tsx";
import { ScheduleDialog } from "./parts/schedule.tsx";

const { lines: text } = messages;

/** How long a press on the pulse button switches a line on, in milliseconds. */
const PULSE = 1000;

export function LinesView({ screen }: { screen: DeskScreen }) {
  const { desk, features } = screen;
  const { list } = features.lines;
  const link = useObservable(desk.state);
  const state = useObservable(list.state);
  const wrong = link.link === "online" && featureNotice(state, text.broken);
  if (wrong) {
    return <NoticeBox notice={wrong} checkAgain={() => void list.refresh()} />;
  }
  if (state.kind !== "ready") {
    return null;
  }
  const { lines } = state.status;
  if (lines.length === 0) {
    return (
      <p class="empty">
        <strong>{text.none}</strong>
        <span>{text.noneAdvice}</span>
      </p>
    );
  }
  return (
    <ul class="cards lines">
      {lines.map((line) => (
        <LineCard key={line.name} screen={screen} line={line} isLive={isLive(link, state)} />
      ))}
    </ul>
  );
}

interface LineProps {
  readonly screen: DeskScreen;
  readonly line: GpioStatus;
  readonly isLive: boolean;
}

function LineCard({ screen, line, isLive: live }: LineProps) {
  const { lines } = screen.features;
  const [isOpen, setOpen] = useState(false);
  const { name, title, direction, value, writable, available } = line;
  const isSwitch = direction === "output" && writable;
  const isUsable = live && available;
  return (
    <li class={`card line ${value ? "on" : "off"}`}>
      <header>
        <div>
          <h2>{title || name}</h2>
          <p class="faint">{stateText(line)}</p>
        </div>
        {isSwitch ? (
          <Switch
            label={title || name}
            isOn={value ?? false}
            isLive={isUsable}
            set={(isOn) => void lines.write(name, isOn)}
          />
        ) : (
          <span class="lamp" />
        )}
      </header>
      {!available && line.reason && <p class="faint">{sentence(line.reason)}</p>}
      {isSwitch && (
        <div class="line-actions">
          <Press
            label={text.pulseName(title || name)}
            isLive={isUsable && (line.max_pulse_ms ?? PULSE) >= PULSE}
            press={() => void lines.pulse(name, PULSE)}
          >
            {text.pulse}
          </Press>
          <Press
            label={text.scheduleName(title || name)}
            isLive={isUsable}
            press={() => setOpen(true)}
          >
            <Sign of="clock" />
            {text.schedule}
          </Press>
        </div>
      )}
      {isOpen && <ScheduleDialog lines={lines} line={line} close={() => setOpen(false)} />}
    </li>
  );
}

/** `On · Pulsing · Off 16:00`, as far as it is known. */
function stateText({ direction, value, doing, next }: GpioStatus): string {
  const { on, off } = messages.onOff;
  const parts = [
    text[direction],
    value === undefined ? text.unknown : value ? on : off,
    doing && text.doing[doing],
    next && text.next(next.value, next.local),
  ];
  return parts.filter(Boolean).join(" · ");
}
