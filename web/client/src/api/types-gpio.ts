/** The types of arguments, results and events of GPIO lines. */

import type { Availability } from "./types.ts";

/** What goes on by itself on an output. */
export type GpioDoing = "pulse" | "blink" | "pwm";

/** The lines that the computer's owner has named. */
export interface GpioLines {
  readonly lines: readonly GpioStatus[];
}

/** A line and what it does. */
export interface GpioStatus extends Availability {
  /** As in the URIs. */
  readonly name: string;
  readonly title: string;
  readonly direction: "input" | "output";
  readonly value?: boolean;
  readonly doing?: GpioDoing;
  readonly writable: boolean;
  readonly max_pulse_ms?: number;
  /** What its schedule does next. */
  readonly next?: GpioNext;
}

/** Whether a line is on, and since when that is known. */
export interface GpioValue {
  readonly value: boolean;
  readonly at: number;
}

/** What `gpio.<line>.on_change` carries. */
export interface GpioChange extends GpioValue {
  readonly doing?: GpioDoing;
  /** The authid of who did it, or `schedule`. */
  readonly by?: string;
}

/** When a line is on by itself. */
export interface GpioSchedule {
  readonly windows: readonly GpioWindow[];
  /** Whether the configuration says so, and not `set_schedule`. */
  readonly configured: boolean;
  readonly time_zone: string;
  readonly on?: boolean;
  readonly next?: GpioNext;
}

/** A part of the day in the computer's local time, `10:00` to `16:00`. */
export interface GpioWindow {
  readonly from: string;
  readonly until: string;
  /** The days on which it begins; every day if none is named. */
  readonly days?: readonly GpioDay[];
}

/** A day of the week. */
export type GpioDay = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** What a schedule does next. */
export interface GpioNext {
  readonly value: boolean;
  readonly at: number;
  /** The same in the computer's local time, `2026-06-01 10:00`. */
  readonly local: string;
}
