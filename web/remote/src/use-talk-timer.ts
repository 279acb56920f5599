/** The talk's timer as the page keeps it: it goes on while the page is reloaded or asleep. */

import { useEffect, useRef, useState } from "preact/hooks";
import { passedAt, readTimer, signBetween, type Timer } from "./talk-timer.ts";

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
  change(how: (timer: Timer, now: number) => Timer): void;
}

/** The timer, in a component that is drawn again every second. */
export function useTalkTimer(): TalkTimer {
  const [timer, setTimer] = useState(() => readTimer(kept()));
  const [now, setNow] = useState(Date.now());
  const [sign, setSign] = useState<number>();
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
  }, [timer, now]);

  const change = (how: (timer: Timer, now: number) => Timer) => {
    const at = Date.now();
    const changed = how(timer, at);
    // What has passed by hand gives no sign.
    seen.current = passedAt(changed, at);
    setSign(undefined);
    setNow(at);
    setTimer(changed);
    keep(changed);
  };
  return { timer, now, sign, change };
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
