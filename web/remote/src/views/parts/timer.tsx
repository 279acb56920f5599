/** The time of day and of the talk. */

import { useState } from "preact/hooks";
import { messages } from "../../messages.ts";
import type { SharedTimer } from "../../shared-timer.ts";
import { clockText, passedAt } from "../../talk-timer.ts";
import { type TalkTimer, useTalkTimer } from "../../use-talk-timer.ts";
import { closeDialog, Dialog } from "./controls.tsx";
import { Sign } from "./icons.tsx";

const { timer: text } = messages;
const MINUTE = 60_000;
/** The lengths to choose from, in minutes. */
const LENGTHS = [5, 10, 15, 20, 30, 45, 60, 90];

export function TimerStrip({ shared }: { shared: SharedTimer }) {
  const talk = useTalkTimer(shared);
  const [isOpen, setOpen] = useState(false);
  const { timer, now, sign, act } = talk;
  const passed = passedAt(timer, now);
  const left = timer.length === undefined ? undefined : timer.length - passed;
  const isRunning = timer.since !== undefined;
  const time = clockText(left ?? passed);
  const tone = left === undefined || left > 5 * MINUTE ? "" : left > 0 ? "soon" : "over";
  return (
    <section class="timer" aria-label={text.region}>
      <button
        type="button"
        class="round"
        aria-label={isRunning ? text.pause : text.start}
        onClick={() => act(isRunning ? "pause" : "start")}
      >
        <Sign of={isRunning ? "pause" : "play"} />
      </button>
      <button type="button" class={`time ${tone}`} onClick={() => setOpen(true)}>
        <span class="passed">{time}</span>
        <span class="now">{timeOfDay(now)}</span>
        <span class="unseen">
          {meaning(left)} {text.settings}
        </span>
      </button>
      <p role="status" class="unseen">
        {sign !== undefined && text.signs(sign / MINUTE)}
      </p>
      {isOpen && <TimerDialog talk={talk} close={() => setOpen(false)} />}
    </section>
  );
}

function TimerDialog({ talk, close }: { talk: TalkTimer; close: () => void }) {
  const { timer, now, act, setLength } = talk;
  return (
    <Dialog title={text.region} close={close}>
      <p class="time big">
        <span class="passed">{clockText(passedAt(timer, now))}</span>
        <span class="now">{timeOfDay(now)}</span>
      </p>
      <fieldset class="choices">
        <legend>{text.length}</legend>
        {[undefined, ...LENGTHS].map((minutes) => (
          <label key={minutes}>
            <input
              type="radio"
              name="length"
              checked={timer.length === (minutes && minutes * MINUTE)}
              onChange={() => setLength(minutes && minutes * MINUTE)}
            />
            <span class="chip">
              {minutes === undefined ? text.noLength : text.minutes(minutes)}
            </span>
          </label>
        ))}
      </fieldset>
      <p class="faint">{text.advice}</p>
      {timer.marks.length > 0 && (
        <ol class="marks" aria-label={text.marks}>
          {timer.marks.map((at) => (
            <li key={at}>{clockText(at)}</li>
          ))}
        </ol>
      )}
      <div class="dialog-actions">
        <button type="button" class="soft" onClick={() => act("mark")}>
          {text.mark}
        </button>
        <button type="button" class="soft" onClick={() => act("reset")}>
          {text.reset}
        </button>
      </div>
      <button type="button" class="primary" onClick={closeDialog}>
        {messages.menu.close}
      </button>
    </Dialog>
  );
}

/** What the time above stands for, for those who hear it. */
function meaning(left: number | undefined): string {
  if (left === undefined) {
    return text.passed;
  }
  return left < 0 ? text.over : text.left;
}

/** `14:05`, as whoever reads the page writes it. */
function timeOfDay(now: number): string {
  return new Date(now).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}
