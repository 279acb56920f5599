/** The daemon's own types, and those of components under names that are easier to say. */

import type {
  GpioOnChange,
  GpioSchedule,
  GpioStatus,
  Media,
  ScreenAwake,
  ScreenBrightness,
  ScreenLock,
} from "./components.ts";

/** Whether a component can do its work on this computer, and why not. */
export interface Availability {
  readonly available: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** The device that asks, as the computer's owner sees it. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly platform: string;
  readonly model: string;
  readonly kind: string;
  readonly grants: readonly string[];
  /** When grants end that do, in seconds since 1970. */
  readonly grants_until?: Readonly<Record<string, number>>;
  readonly paired_at: number;
  /** When the device is removed by itself, in seconds since 1970. */
  readonly until?: number;
}

/** How the daemon is doing. */
export interface Status {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly uptime_ms: number;
  readonly pairing: boolean;
  readonly sessions: number;
  readonly devices: number;
  readonly listening: readonly string[];
  readonly components: readonly ComponentStatus[];
}

/** How a component is doing. */
export interface ComponentStatus {
  readonly name: string;
  readonly state: "running" | "starting" | "unavailable" | "failed" | "disabled";
  readonly reason?: string;
}

/** How bright the displays are. */
export type Brightness = ScreenBrightness;

/** Whether the screen is locked, as far as the desktop tells. */
export type Lock = ScreenLock;

/** Whether the screen is kept awake. */
export type Awake = ScreenAwake;

/** A media player and what it plays. */
export type Player = NonNullable<Media["players"]>[number];

/** What becomes of a GPIO line. */
export type GpioChange = GpioOnChange;

/** What goes on by itself on an output. */
export type GpioDoing = NonNullable<GpioStatus["doing"]>;

/** A part of the day in which a GPIO line is on. */
export type GpioWindow = GpioSchedule["windows"][number];

/** A day of the week. */
export type GpioDay = NonNullable<GpioWindow["days"]>[number];
