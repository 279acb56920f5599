/** When a line is on by itself: parts of the day, each on some days of the week. */

import type { GpioDay, GpioSchedule, GpioStatus, GpioWindow } from "@deskconn/client";
import { useEffect, useState } from "preact/hooks";
import type { Lines } from "../../lines.ts";
import { messages } from "../../messages.ts";
import { closeDialog, Dialog } from "./controls.tsx";
import { Sign } from "./icons.tsx";

const { lines: text } = messages;
const DAYS: readonly GpioDay[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NEW_WINDOW: GpioWindow = { from: "10:00", until: "16:00" };
/** The most windows that can be put in here. */
const MAX_WINDOWS = 8;

type Pressed = Parameters<typeof closeDialog>[0];

interface ScheduleProps {
  readonly lines: Lines;
  readonly line: GpioStatus;
  readonly close: () => void;
}

export function ScheduleDialog({ lines, line, close }: ScheduleProps) {
  const [schedule, setSchedule] = useState<GpioSchedule>();
  const [windows, setWindows] = useState<readonly GpioWindow[]>([]);
  useEffect(() => {
    void lines.schedule(line.name).then((answer) => {
      if (answer) {
        setSchedule(answer);
        setWindows(answer.windows);
      } else {
        close();
      }
    });
  }, [lines, line.name]);
  if (!schedule) {
    return null;
  }
  const save = (event: Pressed, wanted: readonly GpioWindow[] | undefined) => {
    closeDialog(event);
    void lines.setSchedule(line.name, wanted);
  };
  const replace = (at: number, by: GpioWindow[]) =>
    setWindows([...windows.slice(0, at), ...by, ...windows.slice(at + 1)]);
  return (
    <Dialog title={text.scheduleName(line.title || line.name)} close={close}>
      {windows.length === 0 && <p>{text.never}</p>}
      {windows.map((window, at) => (
        // Windows have no name of their own, and none is ever moved.
        <WindowFields key={at} window={window} change={(by) => replace(at, by)} />
      ))}
      <p class="faint">{text.scheduleAdvice(schedule.time_zone)}</p>
      <div class="dialog-actions">
        <button
          type="button"
          class="soft"
          disabled={windows.length >= MAX_WINDOWS}
          onClick={() => setWindows([...windows, NEW_WINDOW])}
        >
          {text.add}
        </button>
        {!schedule.configured && (
          <button type="button" class="soft" onClick={(event) => save(event, undefined)}>
            {text.asConfigured}
          </button>
        )}
      </div>
      <button type="button" class="primary" onClick={(event) => save(event, windows)}>
        {text.save}
      </button>
      <button type="button" class="quiet" onClick={closeDialog}>
        {text.cancel}
      </button>
    </Dialog>
  );
}

interface WindowProps {
  readonly window: GpioWindow;
  /** @param by What stands in its place; nothing takes it away. */
  readonly change: (by: GpioWindow[]) => void;
}

function WindowFields({ window, change }: WindowProps) {
  const days = window.days?.length ? window.days : DAYS;
  const toggle = (day: GpioDay) => {
    const wanted = DAYS.filter((one) => (one === day) !== days.includes(one));
    // On no day at all would read as on every day.
    if (wanted.length > 0) {
      change([{ ...window, days: wanted.length === DAYS.length ? [] : wanted }]);
    }
  };
  return (
    <div class="window">
      <label>
        <span>{text.from}</span>
        <input
          type="time"
          required
          value={window.from}
          onChange={({ currentTarget }) =>
            currentTarget.value && change([{ ...window, from: currentTarget.value }])
          }
        />
      </label>
      <label>
        <span>{text.until}</span>
        <input
          type="time"
          required
          value={window.until === "24:00" ? "00:00" : window.until}
          onChange={({ currentTarget }) =>
            currentTarget.value && change([{ ...window, until: currentTarget.value }])
          }
        />
      </label>
      <button type="button" class="round" aria-label={text.remove} onClick={() => change([])}>
        <Sign of="trash" />
      </button>
      <fieldset class="days">
        <legend class="unseen">{text.days}</legend>
        {DAYS.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              aria-label={text.dayNames[day][1]}
              checked={days.includes(day)}
              onChange={() => toggle(day)}
            />
            <span class="chip" aria-hidden="true">
              {text.dayNames[day][0]}
            </span>
          </label>
        ))}
      </fieldset>
    </div>
  );
}
