/**
 * What every procedure takes and gives and every topic carries: keyword arguments, by name.
 *
 * Names are written without the `org.deskconn.` that all of them begin with. Percentages are whole,
 * `*_ms` are milliseconds, and moments are seconds since 1970. Optional fields may be absent.
 */

import type {
  Awake,
  Brightness,
  Empty,
  Lock,
  Locking,
  Me,
  Media,
  MediaPlayer,
  Seek,
  SlideProfiles,
  SlidesStatus,
  Status,
  Volume,
} from "./types.ts";
import type { GpioLines, GpioSchedule, GpioStatus, GpioValue, GpioWindow } from "./types-gpio.ts";

/** A procedure: its arguments, and its result. */
export interface Signature<A, R> {
  readonly arguments: A;
  readonly result: R;
}

/** Every procedure with a fixed name. */
export interface Procedures {
  "daemon.me": Signature<Empty, Me>;
  "daemon.status": Signature<Empty, Status>;
  "pairing.leave": Signature<Empty, Empty>;

  "slides.next": Signature<Empty, Empty>;
  "slides.previous": Signature<Empty, Empty>;
  "slides.first": Signature<Empty, Empty>;
  "slides.last": Signature<Empty, Empty>;
  "slides.start": Signature<Empty, Empty>;
  "slides.start_current": Signature<Empty, Empty>;
  "slides.stop": Signature<Empty, Empty>;
  "slides.black": Signature<Empty, Empty>;
  "slides.white": Signature<Empty, Empty>;
  "slides.status": Signature<Empty, SlidesStatus>;
  "slides.profiles": Signature<Empty, SlideProfiles>;
  "slides.set_profile": Signature<{ profile: string }, SlidesStatus>;

  "screen.brightness.status": Signature<Empty, Brightness>;
  "screen.brightness.set": Signature<
    { percent: number; display?: string; ramp_ms?: number },
    Brightness
  >;
  "screen.brightness.step": Signature<{ by: number; display?: string }, Brightness>;
  "screen.brightness.boost": Signature<{ percent: number; ttl_ms?: number }, { lease: number }>;
  "screen.brightness.restore": Signature<{ lease: number }, Brightness>;
  "screen.lock.status": Signature<Empty, Lock>;
  "screen.lock.lock": Signature<Empty, Locking>;
  "screen.awake.status": Signature<Empty, Awake>;
  "screen.awake.keep": Signature<{ ttl_ms?: number; why?: string }, { lease: number }>;
  "screen.awake.release": Signature<{ lease: number }, Empty>;

  "media.status": Signature<Empty, Media>;
  "media.play": Signature<MediaPlayer, Empty>;
  "media.pause": Signature<MediaPlayer, Empty>;
  "media.play_pause": Signature<MediaPlayer, Empty>;
  "media.next": Signature<MediaPlayer, Empty>;
  "media.previous": Signature<MediaPlayer, Empty>;
  "media.stop": Signature<MediaPlayer, Empty>;
  "media.seek": Signature<Seek, Empty>;

  "volume.status": Signature<Empty, Volume>;
  "volume.set": Signature<{ percent: number }, Volume>;
  "volume.step": Signature<{ by: number }, Volume>;
  "volume.mute": Signature<{ muted?: boolean }, Volume>;
  "volume.mute_microphone": Signature<{ muted?: boolean }, Volume>;

  "gpio.list": Signature<Empty, GpioLines>;

  "input.status": Signature<Empty, { available: boolean; reason?: string }>;
  "input.move": Signature<{ dx: number; dy: number }, Empty>;
  "input.scroll": Signature<{ dx: number; dy: number }, Empty>;
  "input.button": Signature<
    { button: "left" | "middle" | "right"; action: "click" | "press" | "release" },
    Empty
  >;
  "input.key": Signature<{ key: string; modifiers?: string[] }, Empty>;
  "input.type": Signature<{ text: string }, Empty>;
}

/** Every procedure of one GPIO line, `gpio.<line>.<verb>`. */
export interface LineProcedures {
  status: Signature<Empty, GpioStatus>;
  read: Signature<Empty, GpioValue>;
  write: Signature<{ value: boolean }, GpioValue>;
  toggle: Signature<Empty, GpioValue>;
  pulse: Signature<{ for_ms: number; value?: boolean }, GpioValue>;
  blink: Signature<{ on_ms: number; off_ms: number; times?: number }, GpioValue>;
  stop: Signature<Empty, GpioValue>;
  schedule: Signature<Empty, GpioSchedule>;
  set_schedule: Signature<{ windows?: readonly GpioWindow[] }, GpioSchedule>;
}

/** Every topic with a fixed name, and what its events carry. */
export interface Topics {
  "daemon.on_me_changed": Me;
  "slides.on_action": { action: string; by?: string };
  "screen.brightness.on_change": Brightness;
  "screen.lock.on_change": Lock;
  "screen.awake.on_change": Awake;
  "media.on_change": Media;
  "volume.on_change": Volume;
}
