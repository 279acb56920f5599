/**
 * The talk's timer: the computer's, which all remotes share, or else the page's own, which goes on while the
 * page is reloaded or asleep. How long the talk may be is known to this device only.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { useObservable } from "./observable.ts";
import type { SharedStatus, SharedTimer, TimerAction } from "./shared-timer.ts";
import {
  mark,
  passedAt,
  pause,
  readTimer,
  reset,
  signBetween,
  start,
  type Timer,
} from "./talk-timer.ts";

/** Where it is kept in this browser. */
const KEY = "deskconn-timer";
/** How a phone shakes for each sign, in milliseconds on and off. */
const SHAKES: Readonly<Record<string, number[]>> = {
  "300000": [200],
  "60000": [200, 150, 200],
  "0": [400, 200, 400, 200, 400],
};

/** What the timer shows now, and how to change it. */
export interface TalkTimer {
  readonly timer: Timer;
  /** The time of this moment, in milliseconds since 1970. */
  readonly now: number;
  /** How much was left at the last sign, in milliseconds. */
  readonly sign: number | undefined;
  act(action: TimerAction): void;
  /** @param length In milliseconds; `undefined` if it is not known. */
  setLength(length: number | undefined): void;
}

const ACTIONS: Record<TimerAction, (timer: Timer, now: number) => Timer> = {
  start,
  pause,
  reset,
  mark,
};

/** The timer, in a component that is drawn again every second. */
export function useTalkTimer(shared: SharedTimer): TalkTimer {
  const [own, setOwn] = useState(() => readTimer(kept()));
  const [now, setNow] = useState(Date.now());
  const [sign, setSign] = useState<number>();
  const theirs = useObservable(shared.status.state);
  const timer = theirs.kind === "ready" ? timerOf(theirs.status, own.length) : own;
  const seen = useRef(passedAt(timer, now));

  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(clock);
  }, []);

  useEffect(() => {
    const passed = passedAt(timer, now);
    const due = signBetween(timer, seen.current, passed);
    seen.current = passed;
    if (due !== undefined) {
      setSign(due);
      navigator.vibrate?.(SHAKES[due] ?? 200);
    }
  }, [theirs, own, now]);

  const change = (changed: Timer) => {
    // What has passed by hand gives no sign.
    seen.current = Number.POSITIVE_INFINITY;
    setSign(undefined);
    setNow(Date.now());
    setOwn(changed);
    keep(changed);
  };
  const act = (action: TimerAction) => {
    if (theirs.kind === "ready") {
      setSign(undefined);
      void shared.act(action);
    } else {
      change(ACTIONS[action](own, Date.now()));
    }
  };
  return { timer, now, sign, act, setLength: (length) => change({ ...own, length }) };
}

/** What the computer's stopwatch is to this page. */
function timerOf(status: SharedStatus, length: number | undefined): Timer {
  return {
    passed: status.elapsed_ms,
    since: status.running ? status.heard : undefined,
    length,
    marks: status.marks_ms,
  };
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(timer: Timer): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(timer));
  } catch {
    // A browser that keeps nothing has a timer that ends with the page.
  }
}
