/**
 * The procedures and topics of the components, made of what those say of themselves: change it there, then run
 * `make docs`. Names are without the `org.deskconn.` that all begin with; `NAME` stands for what the owner has named.
 */

import type { Empty, Signature } from "./signature.ts";

/** Every procedure of a fixed name. */
export interface ComponentProcedures {
  /** List the lines that have names. */
  "gpio.list": Signature<Empty, GpioLines>;
  /** List the chips and lines of this computer; for its owner. */
  "gpio.chips": Signature<Empty, GpioChips>;
  /** Say how the computer is doing. */
  "host.status": Signature<Empty, Host>;
  /** Say whether there are a pointer and a keyboard, and for which layout it types. */
  "input.status": Signature<Empty, InputStatus>;
  /** Move the pointer. */
  "input.move": Signature<InputMove, Empty>;
  /** Turn the wheel. */
  "input.scroll": Signature<InputScroll, Empty>;
  /** Click, or press a button until it is released or the session ends. */
  "input.button": Signature<InputPressButton, Empty>;
  /** Press a key, with modifiers. */
  "input.key": Signature<InputPressKey, Empty>;
  /** Type text; nothing of it if the layout has no key for a character. */
  "input.type": Signature<InputType, Empty>;
  /** Do what a gesture on a touchpad does. */
  "input.gesture": Signature<InputMakeGesture, Empty>;
  /** List the players, the one that other calls mean by default first. */
  "media.status": Signature<Empty, Media>;
  /** Play. */
  "media.play": Signature<MediaOfPlayer, Empty>;
  /** Pause. */
  "media.pause": Signature<MediaOfPlayer, Empty>;
  /** Play, or pause. */
  "media.play_pause": Signature<MediaOfPlayer, Empty>;
  /** Go to the next track. */
  "media.next": Signature<MediaOfPlayer, Empty>;
  /** Go to the previous track. */
  "media.previous": Signature<MediaOfPlayer, Empty>;
  /** Stop. */
  "media.stop": Signature<MediaOfPlayer, Empty>;
  /** Go to another place in the track. */
  "media.seek": Signature<MediaSeek, Empty>;
  /** Give the picture of what is played, if it is a file of at most a megabyte. */
  "media.art": Signature<MediaOfPlayer, MediaArt>;
  /** Say whether notifications can be shown. */
  "notify.status": Signature<Empty, Notify>;
  /** Show a notification, which names the device it is from. */
  "notify.show": Signature<NotifyShow, NotifyShown>;
  /** Put a notification away that the same device has shown. */
  "notify.close": Signature<NotifyShown, Empty>;
  /** Say whether web addresses can be opened. */
  "open.status": Signature<Empty, Open>;
  /** Open a web address, `http` or `https`, and nothing else. */
  "open.url": Signature<OpenUrl, Opened>;
  /** List the commands that have names. */
  "run.list": Signature<Empty, RunCommands>;
  /** Say how bright the screens are. */
  "screen.brightness.status": Signature<Empty, ScreenBrightness>;
  /** Set the brightness, at once or slowly. */
  "screen.brightness.set": Signature<ScreenSetBrightness, ScreenBrightness>;
  /** Make the screens brighter or darker. */
  "screen.brightness.step": Signature<ScreenStepBrightness, ScreenBrightness>;
  /** Make the screens brighter until the session restores them or ends. */
  "screen.brightness.boost": Signature<ScreenBoost, ScreenLease>;
  /** End a boost: the screens are as before, unless somebody has set them meanwhile. */
  "screen.brightness.restore": Signature<ScreenLease, ScreenBrightness>;
  /** Say whether the screen is locked, as far as this desktop tells. */
  "screen.lock.status": Signature<Empty, ScreenLock>;
  /** Lock the screen, and wait up to three seconds for the desktop to say that it is. */
  "screen.lock.lock": Signature<Empty, ScreenLockResult>;
  /** Unlock the screen without a password, where the configuration allows it. */
  "screen.unlock.unlock": Signature<Empty, ScreenUnlockResult>;
  /** Say whether somebody keeps the screen awake. */
  "screen.awake.status": Signature<Empty, ScreenAwake>;
  /** Keep the screen awake until the session releases it or ends. */
  "screen.awake.keep": Signature<ScreenKeepAwake, ScreenLease>;
  /** Let the screen go to sleep again. */
  "screen.awake.release": Signature<ScreenLease, ScreenAwake>;
  /** Take a picture of the screen, where the configuration allows it. */
  "screen.screenshot.take": Signature<Empty, ScreenPicture>;
  /** Show the next slide. */
  "slides.next": Signature<Empty, Empty>;
  /** Show the previous slide. */
  "slides.previous": Signature<Empty, Empty>;
  /** Show the first slide. */
  "slides.first": Signature<Empty, Empty>;
  /** Show the last slide. */
  "slides.last": Signature<Empty, Empty>;
  /** Start at the first slide. */
  "slides.start": Signature<Empty, Empty>;
  /** Start at the current slide. */
  "slides.start_current": Signature<Empty, Empty>;
  /** End the presentation. */
  "slides.stop": Signature<Empty, Empty>;
  /** Make the screen black, or show the slide again. */
  "slides.black": Signature<Empty, Empty>;
  /** Make the screen white, or show the slide again. */
  "slides.white": Signature<Empty, Empty>;
  /** Say whether keys can be pressed, and which viewer's. */
  "slides.status": Signature<Empty, SlidesStatus>;
  /** List the viewers whose keys are known. */
  "slides.profiles": Signature<Empty, SlidesProfiles>;
  /** Choose the viewer. */
  "slides.set_profile": Signature<SlidesSetProfile, SlidesStatus>;
  /** Let the timer run, which all remotes share. */
  "slides.timer.start": Signature<Empty, SlidesTimerStatus>;
  /** Let the timer stand. */
  "slides.timer.pause": Signature<Empty, SlidesTimerStatus>;
  /** Set the timer back to nothing, standing and without marks. */
  "slides.timer.reset": Signature<Empty, SlidesTimerStatus>;
  /** Note the time that the timer shows. */
  "slides.timer.mark": Signature<Empty, SlidesTimerStatus>;
  /** Say what the timer shows. */
  "slides.timer.status": Signature<Empty, SlidesTimerStatus>;
  /** Say how loud it is. */
  "volume.status": Signature<Empty, Volume>;
  /** Set how loud it is. */
  "volume.set": Signature<VolumeSetVolume, Volume>;
  /** Make it louder or quieter. */
  "volume.step": Signature<VolumeStepVolume, Volume>;
  /** Mute it, or not. */
  "volume.mute": Signature<VolumeMute, Volume>;
  /** Mute the microphone, or not. */
  "volume.mute_microphone": Signature<VolumeMute, Volume>;
}

/** Every procedure of what the owner has named. */
export interface NamedProcedures {
  /** Say how the line is doing. */
  "gpio.NAME.status": Signature<Empty, GpioStatus>;
  /** Say whether the line is on. */
  "gpio.NAME.read": Signature<Empty, GpioValue>;
  /** Switch the output on or off. */
  "gpio.NAME.write": Signature<GpioWrite, GpioValue>;
  /** Switch the output on if it is off, and off if it is on. */
  "gpio.NAME.toggle": Signature<Empty, GpioValue>;
  /** Switch the output on for a while, or off. */
  "gpio.NAME.pulse": Signature<GpioPulse, GpioValue>;
  /** Switch the output on and off. */
  "gpio.NAME.blink": Signature<GpioBlink, GpioValue>;
  /** Switch the output on for a part of each period: software PWM, to 200 Hz and within a tenth of a millisecond on an idle machine. */
  "gpio.NAME.pwm": Signature<GpioPwm, GpioValue>;
  /** End the pulse, the blinking or the PWM that is under way; the output is off then. */
  "gpio.NAME.stop": Signature<Empty, GpioValue>;
  /** Say when the output is on by itself, and what comes next. */
  "gpio.NAME.schedule": Signature<Empty, GpioSchedule>;
  /** Say when the output is on by itself, from now on and after restarts. */
  "gpio.NAME.set_schedule": Signature<GpioSetSchedule, GpioSchedule>;
  /** Say how the command is doing. */
  "run.NAME.status": Signature<Empty, RunCommand>;
  /** Run the command, and say how it ended; nothing can be handed to it. What it writes comes in parts. Cancelling the call ends the command, and so does going away, unless it is set to keep running. */
  "run.NAME.start": Signature<Empty, RunEnded>;
  /** End the command, wherever it was started. */
  "run.NAME.stop": Signature<Empty, RunCommand>;
}

/** Every topic of a fixed name, and what its events carry. */
export interface ComponentTopics {
  /** The battery is fuller or emptier, or was plugged in; told where UPower runs. */
  "host.on_battery": HostBattery;
  /** A player has come, gone, or plays something else. */
  "media.on_change": Media;
  /** Somebody at the desk has answered; only the device that has shown it is told. */
  "notify.on_action": NotifyAnswered;
  /** It is not shown any more; only the device that has shown it is told. */
  "notify.on_closed": NotifyClosed;
  /** The brightness has changed, by whomever. */
  "screen.brightness.on_change": ScreenBrightness;
  /** The screen was locked or unlocked, by whomever. */
  "screen.lock.on_change": ScreenLock;
  /** Somebody keeps the screen awake, or nobody does any more. */
  "screen.awake.on_change": ScreenAwake;
  /** Somebody did something to the slides. */
  "slides.on_action": SlidesOnAction;
  /** Somebody did something to the timer. */
  "slides.timer.on_change": SlidesTimerStatus;
  /** It is louder, quieter or muted, by whomever. */
  "volume.on_change": Volume;
}

/** Every topic of what the owner has named. */
export interface NamedTopics {
  /** The line has changed, whoever changed it. */
  "gpio.NAME.on_change": GpioOnChange;
  /** The command was started, or has ended. */
  "run.NAME.on_change": RunCommand;
}

/** Arguments of `org.deskconn.gpio.<line>.blink`. */
export interface GpioBlink {
  /** How long it is off in between, in milliseconds. */
  readonly off_ms: number;
  /** How long it is on each time, in milliseconds. */
  readonly on_ms: number;
  /** How many times; until it is stopped if not said. */
  readonly times?: number;
}

/** Result of `org.deskconn.gpio.chips`, for the owner: what could be given a name. */
export interface GpioChips {
  /** The chips that can be opened. */
  readonly chips: readonly {
    /** Its label, which stays. */
    readonly label: string;
    /** Its lines. */
    readonly lines: readonly {
      /** Its name, `GPIO17`, if it has one. */
      readonly name?: string;
      /** Its number. */
      readonly offset: number;
      /** Who uses it, if somebody does. */
      readonly used_by?: string;
    }[];
    /** Its name, `gpiochip0`, which may be another after the next boot. */
    readonly name: string;
  }[];
}

/** Result of `org.deskconn.gpio.list`. */
export interface GpioLines {
  /** Every line that has a name. */
  readonly lines: readonly ({
    /** Whether it can be used. */
    readonly available: boolean;
    /** Whether it sets or tells. */
    readonly direction: "input" | "output";
    /** What is under way. */
    readonly doing?: "pulse" | "blink" | "pwm";
    /** The longest pulse; only of outputs. */
    readonly max_pulse_ms?: number;
    /** How often it may change in a second. */
    readonly max_rate: number;
    /** Its name, as in the URIs. */
    readonly name: string;
    /** What its schedule does next. */
    readonly next?: {
      /** When, in seconds since 1970. */
      readonly at: number;
      /** The same in local time, `2026-06-01 10:00`. */
      readonly local: string;
      /** On or off. */
      readonly value: boolean;
    };
    /** Why not, and what to do about it. */
    readonly reason?: string;
    /** Its name for people. */
    readonly title: string;
    /** Whether it is on; of a line that blinks, whether it was when it began. */
    readonly value?: boolean;
    /** Whether callers may change it. */
    readonly writable: boolean;
  })[];
}

/** What `org.deskconn.gpio.<line>.on_change` carries. */
export interface GpioOnChange {
  /** When it became so, in seconds since 1970. */
  readonly at: number;
  /** The `authid` of who did it, or `schedule`. */
  readonly by?: string;
  /** What is under way; while a line blinks, only beginning and end are told. */
  readonly doing?: "pulse" | "blink" | "pwm";
  /** Whether it is on. */
  readonly value: boolean;
}

/** Arguments of `org.deskconn.gpio.<line>.pulse`. */
export interface GpioPulse {
  /** For how long, in milliseconds. */
  readonly for_ms: number;
  /** On or off meanwhile; afterwards it is the other. */
  readonly value?: boolean;
}

/** Arguments of `org.deskconn.gpio.<line>.pwm`. */
export interface GpioPwm {
  /** The part of each period in which it is on. */
  readonly duty_percent: number;
  /** For how long, in milliseconds; until it is stopped if not said. */
  readonly for_ms?: number;
  /** How many periods a second. */
  readonly frequency_hz: number;
}

/** Result of `org.deskconn.gpio.<line>.schedule` and `.set_schedule`. */
export interface GpioSchedule {
  /** Whether they come from the configuration, and not from `set_schedule`. */
  readonly configured: boolean;
  /** What comes next. */
  readonly next?: {
    /** When, in seconds since 1970. */
    readonly at: number;
    /** The same in local time, `2026-06-01 10:00`. */
    readonly local: string;
    /** On or off. */
    readonly value: boolean;
  };
  /** Whether it should be on now, if it has windows. */
  readonly on?: boolean;
  /** The time zone they are in. */
  readonly time_zone: string;
  /** When it is on; never by itself if there are none. */
  readonly windows: readonly ({
    /** On which days it begins; on every day if none is named. */
    readonly days?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
    /** When it begins, `10:00`. */
    readonly from: string;
    /** When it ends, `16:00`; on the next day if that is not after `from`. `24:00` is midnight. */
    readonly until: string;
  })[];
}

/** Arguments of `org.deskconn.gpio.<line>.set_schedule`. */
export interface GpioSetSchedule {
  /** When it is on; none: never by itself. Not said: as the configuration says. */
  readonly windows?: readonly ({
    /** On which days it begins; on every day if none is named. */
    readonly days?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
    /** When it begins, `10:00`. */
    readonly from: string;
    /** When it ends, `16:00`; on the next day if that is not after `from`. `24:00` is midnight. */
    readonly until: string;
  })[];
}

/** Result of `org.deskconn.gpio.<line>.status`. */
export interface GpioStatus {
  /** Whether it can be used. */
  readonly available: boolean;
  /** Whether it sets or tells. */
  readonly direction: "input" | "output";
  /** What is under way. */
  readonly doing?: "pulse" | "blink" | "pwm";
  /** The longest pulse; only of outputs. */
  readonly max_pulse_ms?: number;
  /** How often it may change in a second. */
  readonly max_rate: number;
  /** Its name, as in the URIs. */
  readonly name: string;
  /** What its schedule does next. */
  readonly next?: {
    /** When, in seconds since 1970. */
    readonly at: number;
    /** The same in local time, `2026-06-01 10:00`. */
    readonly local: string;
    /** On or off. */
    readonly value: boolean;
  };
  /** Why not, and what to do about it. */
  readonly reason?: string;
  /** Its name for people. */
  readonly title: string;
  /** Whether it is on; of a line that blinks, whether it was when it began. */
  readonly value?: boolean;
  /** Whether callers may change it. */
  readonly writable: boolean;
}

/** Result of `org.deskconn.gpio.<line>.read`, and of everything that changes a line. */
export interface GpioValue {
  /** When that was so, in seconds since 1970. */
  readonly at: number;
  /** Whether it is on. */
  readonly value: boolean;
}

/** Arguments of `org.deskconn.gpio.<line>.write`. */
export interface GpioWrite {
  /** Whether it should be on. */
  readonly value: boolean;
}

/** Result of `org.deskconn.host.status`. What this computer can not tell is left out. */
export interface Host {
  /** Whether it can say anything: always. */
  readonly available: boolean;
  /** Its battery, if it has one. */
  readonly battery?: {
    /** Until it is empty, or full if it is charging, minutes; left out if nothing tells. */
    readonly minutes_left?: number;
    /** How full it is, 0 to 100. */
    readonly percent: number;
    /** What it does. */
    readonly state: "charging" | "discharging" | "full" | "idle" | "unknown";
  };
  /** How many programs can run at a time. */
  readonly cores?: number;
  /** The file system at `/`. */
  readonly disk?: {
    /** How much of that programs can still have. */
    readonly available: number;
    /** How much there is. */
    readonly total: number;
  };
  /** How many programs wanted to run, on average of the last one, five and fifteen minutes. */
  readonly load?: {
    /** Of the last fifteen. */
    readonly fifteen: number;
    /** Of the last five. */
    readonly five: number;
    /** Of the last minute. */
    readonly one: number;
  };
  /** Its memory. */
  readonly memory?: {
    /** How much of that programs can still have. */
    readonly available: number;
    /** How much there is. */
    readonly total: number;
  };
  /** Its host name. */
  readonly name: string;
  /** How warm its processor is, degrees Celsius. */
  readonly temperature?: number;
  /** How long it has been up, seconds. */
  readonly uptime_s?: number;
}

/** The battery; also what `org.deskconn.host.on_battery` carries. Several are one. */
export interface HostBattery {
  /** Until it is empty, or full if it is charging, minutes; left out if nothing tells. */
  readonly minutes_left?: number;
  /** How full it is, 0 to 100. */
  readonly percent: number;
  /** What it does. */
  readonly state: "charging" | "discharging" | "full" | "idle" | "unknown";
}

/** Arguments of `org.deskconn.input.gesture`. */
export interface InputMakeGesture {
  /** Which. */
  readonly gesture: "zoom_in" | "zoom_out" | "back" | "forward";
}

/** Arguments of `org.deskconn.input.move`. */
export interface InputMove {
  /** How far to the right, in the pointer's own units. */
  readonly dx?: number;
  /** How far down. */
  readonly dy?: number;
}

/** Arguments of `org.deskconn.input.button`. */
export interface InputPressButton {
  /** What to do with it; a click if not said. */
  readonly action?: "click" | "press" | "release";
  /** Which. */
  readonly button: "left" | "right" | "middle";
}

/** Arguments of `org.deskconn.input.key`. */
export interface InputPressKey {
  /** The key's name, as `status` lists them: its place on a US keyboard. */
  readonly key: string;
  /** What is held meanwhile. */
  readonly modifiers?: readonly ("ctrl" | "shift" | "alt" | "super")[];
}

/** Arguments of `org.deskconn.input.scroll`. */
export interface InputScroll {
  /** How far to the right, in steps of a wheel; parts of a step are allowed. */
  readonly dx?: number;
  /** How far down. */
  readonly dy?: number;
}

/** Result of `org.deskconn.input.status`. */
export interface InputStatus {
  /** Whether there are a pointer and a keyboard. */
  readonly available: boolean;
  /** The way to them. */
  readonly backend?: "uinput" | "portal" | "x11";
  /** The names of the keys that `key` takes. */
  readonly keys: readonly string[];
  /** The layout that text is typed for, where that has to be known. */
  readonly layout: string;
  /** The layouts there are. */
  readonly layouts: readonly string[];
  /** The ways that were tried before. */
  readonly not_used?: readonly ({
    /** Which. */
    readonly backend: "uinput" | "portal" | "x11";
    /** Why not. */
    readonly reason: string;
  })[];
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Arguments of `org.deskconn.input.type`. */
export interface InputType {
  /** The text. If the layout has no key for a character, nothing of it is typed. */
  readonly text: string;
}

/** Result of `org.deskconn.media.status`, and what `.on_change` carries. */
export interface Media {
  /** Whether players can be seen here. */
  readonly available: boolean;
  /** The players, the one that calls mean by default first. */
  readonly players?: readonly ({
    /** On what it was published. */
    readonly album?: string;
    /** Who made that. */
    readonly artist?: string;
    /** Whether there is a next track. */
    readonly can_next: boolean;
    /** Whether it can be told to pause. */
    readonly can_pause: boolean;
    /** Whether it can be told to play. */
    readonly can_play: boolean;
    /** Whether there is a previous track. */
    readonly can_previous: boolean;
    /** Whether it can go to another place. */
    readonly can_seek: boolean;
    /** Whether there may be a picture of it; `art` gives it. */
    readonly has_art: boolean;
    /** What calls name it by. */
    readonly id: string;
    /** How long it is, milliseconds. */
    readonly length_ms?: number;
    /** What people know it by. */
    readonly name: string;
    /** Where it was when this was written down, milliseconds from the beginning. */
    readonly position_ms?: number;
    /** What it does. */
    readonly state: "playing" | "paused" | "stopped";
    /** The title of what it plays. */
    readonly title?: string;
  })[];
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Result of `org.deskconn.media.art`: the picture of what is played. */
export interface MediaArt {
  /** The picture: octets, and in JSON `\0` and base64. */
  readonly bytes: string;
  /** What kind of picture it is. */
  readonly mime: "image/jpeg" | "image/png" | "image/webp";
}

/** Arguments of the procedures that tell a player to do something, and of `org.deskconn.media.art`. */
export interface MediaOfPlayer {
  /** Which player; the first of the status if it is left out. */
  readonly player?: string;
}

/** Arguments of `org.deskconn.media.seek`: one of `position_ms` and `by_ms`. */
export interface MediaSeek {
  /** How far, milliseconds from where it is; back if it is negative. */
  readonly by_ms?: number;
  /** Which player; the first of the status if it is left out. */
  readonly player?: string;
  /** Where to, milliseconds from the beginning. */
  readonly position_ms?: number;
}

/** Result of `org.deskconn.notify.status`. */
export interface Notify {
  /** Whether this desktop shows buttons; without, it shows notifications as if they had none. */
  readonly actions: boolean;
  /** Whether notifications can be shown here. */
  readonly available: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** What `org.deskconn.notify.on_action` carries. */
export interface NotifyAnswered {
  /** The `id` of what was answered. */
  readonly action: string;
  /** Which notification. */
  readonly id: number;
}

/** What `org.deskconn.notify.on_closed` carries. */
export interface NotifyClosed {
  /** Which notification. */
  readonly id: number;
  /** Why it is not shown any more. */
  readonly reason: "expired" | "dismissed" | "device" | "unknown";
}

/** Arguments of `org.deskconn.notify.show`. */
export interface NotifyShow {
  /** What somebody at the desk can answer, a button each. */
  readonly actions?: readonly {
    /** What `on_action` calls it: a to z, digits and `_`. `default` is a click on the notification itself. */
    readonly id: string;
    /** What its button says. */
    readonly label: string;
  }[];
  /** More about it: plain text, in lines. */
  readonly body?: string;
  /** What it is about, in a line. The desk puts before it whom it is from. */
  readonly title: string;
  /** How urgent it is; `normal` if it is left out. */
  readonly urgency?: "low" | "normal" | "critical";
}

/** Result of `org.deskconn.notify.show`, and arguments of `.close`. */
export interface NotifyShown {
  /** Its number, which means something to the device that has shown it only. */
  readonly id: number;
}

/** Result of `org.deskconn.open.status`. */
export interface Open {
  /** Whether web addresses can be opened here. */
  readonly available: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Arguments of `org.deskconn.open.url`. */
export interface OpenUrl {
  /** The address: `http://` or `https://`, without user name and password, in the letters that URLs are made of (RFC 3986): a name in others has its form in `xn--`, anything else `%` and its octets. */
  readonly url: string;
}

/** Result of `org.deskconn.open.url`. */
export interface Opened {
  /** What came of it. */
  readonly state: "opened" | "requested";
}

/** Result of `org.deskconn.run.<command>.status` and `stop`, and what `on_change` carries. */
export interface RunCommand {
  /** Whether it can be started, as far as can be seen. */
  readonly available: boolean;
  /** How it ended the last time. */
  readonly last?: {
    /** When it ended, in seconds since 1970. */
    readonly at: number;
    /** Its exit code. */
    readonly code?: number;
    /** How many octets it wrote that are in no part, because there were too many. */
    readonly left_out: number;
    /** How long it ran, in milliseconds. */
    readonly ms: number;
    /** The signal that ended it. */
    readonly signal?: number;
    /** Why it ended. */
    readonly why: "exited" | "cancelled" | "stopped" | "timed_out";
  };
  /** Its name, as in the URIs. */
  readonly name: string;
  /** Whether it has to end before it can be started again. */
  readonly one_at_a_time: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
  /** How many times it runs now. */
  readonly running: number;
  /** After how many milliseconds it is ended. */
  readonly timeout_ms: number;
  /** Its name for people. */
  readonly title: string;
}

/** Result of `org.deskconn.run.list`. */
export interface RunCommands {
  /** Every command that has a name. */
  readonly commands: readonly ({
    /** Whether it can be started, as far as can be seen. */
    readonly available: boolean;
    /** How it ended the last time. */
    readonly last?: {
      /** When it ended, in seconds since 1970. */
      readonly at: number;
      /** Its exit code. */
      readonly code?: number;
      /** How many octets it wrote that are in no part, because there were too many. */
      readonly left_out: number;
      /** How long it ran, in milliseconds. */
      readonly ms: number;
      /** The signal that ended it. */
      readonly signal?: number;
      /** Why it ended. */
      readonly why: "exited" | "cancelled" | "stopped" | "timed_out";
    };
    /** Its name, as in the URIs. */
    readonly name: string;
    /** Whether it has to end before it can be started again. */
    readonly one_at_a_time: boolean;
    /** Why not, and what to do about it. */
    readonly reason?: string;
    /** How many times it runs now. */
    readonly running: number;
    /** After how many milliseconds it is ended. */
    readonly timeout_ms: number;
    /** Its name for people. */
    readonly title: string;
  })[];
}

/** Result of `org.deskconn.run.<command>.start`: how the command ended. */
export interface RunEnded {
  /** Its exit code. */
  readonly code?: number;
  /** How many octets it wrote that are in no part, because there were too many. */
  readonly left_out: number;
  /** How long it ran, in milliseconds. */
  readonly ms: number;
  /** The signal that ended it. */
  readonly signal?: number;
  /** Why it ended. */
  readonly why: "exited" | "cancelled" | "stopped" | "timed_out";
}

/** Result of `org.deskconn.screen.awake.status` and `.release`, and what `.on_change` carries. */
export interface ScreenAwake {
  /** Whether the screen can be kept awake. */
  readonly available: boolean;
  /** Whether it is. */
  readonly awake: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
  /** Why, in the words of those who keep it so. */
  readonly why?: readonly string[];
}

/** Arguments of `org.deskconn.screen.brightness.boost`. */
export interface ScreenBoost {
  /** How bright every screen is at least, 0 to 100. */
  readonly percent: number;
  /** For how long, milliseconds; until it is restored or the session ends, if it is left out. */
  readonly ttl_ms?: number;
}

/** Result of `org.deskconn.screen.brightness.status`, `.set` and `.step`, and what `.on_change` carries. */
export interface ScreenBrightness {
  /** Whether the brightness of a screen can be set. */
  readonly available: boolean;
  /** Whether somebody has the screens brighter for a while. */
  readonly boosted?: boolean;
  /** The screens that have a brightness. */
  readonly displays?: readonly {
    /** What calls name it by. */
    readonly id: string;
    /** What people know it by. */
    readonly name: string;
    /** How bright it is, 0 to 100. */
    readonly percent: number;
  }[];
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Arguments of `org.deskconn.screen.awake.keep`. */
export interface ScreenKeepAwake {
  /** For how long, milliseconds; until it is released or the session ends, if it is left out. */
  readonly ttl_ms?: number;
  /** Why, in a few words that the desktop may show. */
  readonly why?: string;
}

/** What somebody has for a while: result of `org.deskconn.screen.brightness.boost` and `org.deskconn.screen.awake.keep`, and arguments of `.restore` and `.release`.  It ends with the session that took it, whatever else. */
export interface ScreenLease {
  /** Its number, which means something to the session that took it only. */
  readonly lease: number;
}

/** Result of `org.deskconn.screen.lock.status`, and what `.on_change` carries. */
export interface ScreenLock {
  /** Whether the screen can be locked. */
  readonly available: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
  /** Whether it is locked. */
  readonly state: "locked" | "unlocked" | "unknown";
}

/** Result of `org.deskconn.screen.lock.lock`. */
export interface ScreenLockResult {
  /** What came of it. */
  readonly state: "locked" | "requested";
}

/** Result of `org.deskconn.screen.screenshot.take`. */
export interface ScreenPicture {
  /** What it is: `image/png`. */
  readonly mime: string;
  /** The picture, or what is left of it after the parts. */
  readonly octets: string;
}

/** Arguments of `org.deskconn.screen.brightness.set`. */
export interface ScreenSetBrightness {
  /** Which screen; without it, all of them. */
  readonly display?: string;
  /** How bright, 0 to 100. Nothing makes a screen black: 0 is taken as 1. */
  readonly percent: number;
  /** In what time, milliseconds; at once if it is left out. */
  readonly ramp_ms?: number;
}

/** Arguments of `org.deskconn.screen.brightness.step`. */
export interface ScreenStepBrightness {
  /** How many percent brighter, or darker if it is negative. */
  readonly by: number;
  /** Which screen; without it, all of them. */
  readonly display?: string;
}

/** Result of `org.deskconn.screen.unlock.unlock`. */
export interface ScreenUnlockResult {
  /** What came of it. */
  readonly state: "unlocked" | "requested";
}

/** What `org.deskconn.slides.on_action` carries. */
export interface SlidesOnAction {
  /** What was done. */
  readonly action: "next" | "previous" | "first" | "last" | "start" | "start_current" | "stop" | "black" | "white";
  /** The `authid` of who did it: a device id, or the owner's. */
  readonly by?: string;
}

/** Result of `org.deskconn.slides.profiles`. */
export interface SlidesProfiles {
  /** The name of the profile in use. */
  readonly current: string;
  /** Every profile there is. */
  readonly profiles: readonly ({
    /** What can be done to it; the other actions are refused. */
    readonly actions: readonly ("next" | "previous" | "first" | "last" | "start" | "start_current" | "stop" | "black" | "white")[];
    /** Its name, `libreoffice`. */
    readonly name: string;
    /** Its title, `LibreOffice Impress`. */
    readonly title: string;
  })[];
}

/** Arguments of `org.deskconn.slides.set_profile`. */
export interface SlidesSetProfile {
  /** The name of the profile to use. */
  readonly profile: string;
}

/** Result of `org.deskconn.slides.status`. */
export interface SlidesStatus {
  /** Whether keys can be pressed at all. */
  readonly available: boolean;
  /** The way that keys take. */
  readonly backend?: "uinput" | "portal" | "x11";
  /** The ways that were tried before. */
  readonly not_used?: readonly ({
    /** Which. */
    readonly backend: "uinput" | "portal" | "x11";
    /** Why not. */
    readonly reason: string;
  })[];
  /** The name of the profile in use. */
  readonly profile: string;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Result of `org.deskconn.slides.timer.*`, and what `org.deskconn.slides.timer.on_change` carries: a stopwatch that all remotes share. */
export interface SlidesTimerStatus {
  /** What it shows, in milliseconds. */
  readonly elapsed_ms: number;
  /** What it showed at each mark, the latest hundred. */
  readonly marks_ms: readonly number[];
  /** Whether it runs. */
  readonly running: boolean;
}

/** Result of every `org.deskconn.volume.*` procedure, and what `.on_change` carries. */
export interface Volume {
  /** Whether there is a volume to set. */
  readonly available: boolean;
  /** Whether the microphone hears nothing; left out if there is none. */
  readonly microphone_muted?: boolean;
  /** Whether nothing is heard. */
  readonly muted: boolean;
  /** How loud it is, 0 to 100; what is amplified beyond counts as 100. */
  readonly percent: number;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** Arguments of `org.deskconn.volume.mute` and `.mute_microphone`. */
export interface VolumeMute {
  /** Whether it is to be muted; if it is left out, the other way round than it is. */
  readonly muted?: boolean;
}

/** Arguments of `org.deskconn.volume.set`. */
export interface VolumeSetVolume {
  /** How loud, 0 to 100. */
  readonly percent: number;
}

/** Arguments of `org.deskconn.volume.step`. */
export interface VolumeStepVolume {
  /** How many percent louder, or quieter if it is negative. */
  readonly by: number;
}
