/** The timer of a talk: how long it has been going, and when to give a sign. */

/** A timer, as it is kept. */
export interface Timer {
  /** What had passed when it last began or stopped, in milliseconds. */
  readonly passed: number;
  /** When it last began, by the clock of this device in milliseconds; `undefined` while it rests. */
  readonly since: number | undefined;
  /** How long the talk may be, in milliseconds, if that is known. */
  readonly length: number | undefined;
  /** What had passed at each mark that was set, in milliseconds. */
  readonly marks: readonly number[];
}

/** A timer that has not begun. */
export const NEW_TIMER: Timer = { passed: 0, since: undefined, length: undefined, marks: [] };

/** How long before its end a talk's timer gives a sign, in milliseconds. */
const SIGNS = [5 * 60_000, 60_000, 0];

/** The most marks that are kept. */
const MAX_MARKS = 20;

/** What has passed. */
export function passedAt(timer: Timer, now: number): number {
  return timer.passed + (timer.since === undefined ? 0 : Math.max(0, now - timer.since));
}

export function start(timer: Timer, now: number): Timer {
  return timer.since === undefined ? { ...timer, since: now } : timer;
}

export function pause(timer: Timer, now: number): Timer {
  return { ...timer, passed: passedAt(timer, now), since: undefined };
}

/** Back to nothing; the length stays. */
export function reset(timer: Timer): Timer {
  return { ...NEW_TIMER, length: timer.length };
}

/** Notes this moment. */
export function mark(timer: Timer, now: number): Timer {
  return { ...timer, marks: [...timer.marks, passedAt(timer, now)].slice(-MAX_MARKS) };
}

/**
 * The most urgent sign that is due when so much has passed, and was not when `before` had.
 *
 * @returns how much is left at that sign, in milliseconds; `undefined` if none is due.
 */
export function signBetween(timer: Timer, before: number, passed: number): number | undefined {
  const { length } = timer;
  if (length === undefined) {
    return undefined;
  }
  const isDue = (left: number) => before < length - left && length - left <= passed;
  // A sign a talk begins with says nothing.
  return SIGNS.filter((left) => left < length && isDue(left)).at(-1);
}

/** `83000` as `1:23`, and `3723000` as `1:02:03`. */
export function clockText(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  const hours = Math.floor(seconds / 3600);
  const text = hours > 0 ? [hours, ...parts].join(":") : parts.join(":").replace(/^0/, "");
  return ms < 0 ? `\u2212${text}` : text;
}

/** A timer that was kept as text, or a new one. */
export function readTimer(text: string | null): Timer {
  try {
    const { passed, since, length, marks } = JSON.parse(text ?? "");
    const isTime = (value: unknown): value is number =>
      typeof value === "number" && Number.isFinite(value) && value >= 0;
    if (!isTime(passed)) {
      return NEW_TIMER;
    }
    return {
      passed,
      since: isTime(since) ? since : undefined,
      length: isTime(length) ? length : undefined,
      marks: Array.isArray(marks) ? marks.filter(isTime).slice(-MAX_MARKS) : [],
    };
  } catch {
    return NEW_TIMER;
  }
}
