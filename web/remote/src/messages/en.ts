/** Every text the web remote shows, in English. */

import type { PairingErrorCode } from "@deskconn/client";
import type { Action } from "../actions.ts";
import type { Tab } from "../grants.ts";

/** What went wrong, and what to do about it. */
export interface Advice {
  readonly title: string;
  readonly advice: string;
}

const pairingErrors: Record<PairingErrorCode, Advice> = {
  not_pairing: {
    title: "The computer is not pairing right now.",
    advice: "Run “deskconn pair” on the computer, then enter the new code.",
  },
  busy: {
    title: "Another device is pairing at the moment.",
    advice: "Try again in a few seconds.",
  },
  bad_code: {
    title: "Wrong code.",
    advice: "Look at the computer’s screen again.",
  },
  declined: {
    title: "This device was not let in.",
    advice: "Start pairing again on the computer, with a new code.",
  },
  expired: {
    title: "Pairing took too long.",
    advice: "Try again; the code is good for as long as the computer shows it.",
  },
  version: {
    title: "The computer speaks another version.",
    advice: "Update DeskConn on the computer, then reload this page.",
  },
  malformed: {
    title: "The computer and this page do not understand each other.",
    advice: "Reload this page. If that does not help, update DeskConn on the computer.",
  },
  unreachable: {
    title: "The computer does not answer.",
    advice: "Make sure that it is on and that both devices are on the same network.",
  },
  impostor: {
    title: "That was not your computer.",
    advice:
      "Whatever answered does not know the secret on the computer’s screen. Nothing was saved. Check that you are on your own network before you try again.",
  },
  refused: {
    title: "The computer refused.",
    advice: "Try again with a new code.",
  },
};

const actions: Record<Action, string> = {
  next: "Next",
  previous: "Previous",
  first: "First",
  last: "Last",
  start: "Start",
  start_current: "Start here",
  stop: "End show",
  black: "Black",
  white: "White",
};

const actionNames: Record<Action, string> = {
  next: "Next slide",
  previous: "Previous slide",
  first: "First slide",
  last: "Last slide",
  start: "Start the show from the beginning",
  start_current: "Start here: the show from the current slide",
  stop: "End show",
  black: "Black screen, on or off",
  white: "White screen, on or off",
};

const tabs: Record<Tab, string> = {
  slides: "Slides",
  screen: "Screen",
  media: "Media",
  pointer: "Touchpad",
  lines: "Switches",
  computer: "Computer",
};

/** What a device with a grant may do, for its owner to read. */
const grants: Readonly<Record<string, string>> = {
  slides: "Turn slides",
  status: "See how the computer is doing",
  "screen.brightness": "Set the brightness",
  "screen.lock": "Lock the screen",
  "screen.unlock": "Unlock the screen",
  "screen.awake": "Keep the screen awake",
  "screen.screenshot": "Take pictures of the screen",
  media: "Control media players",
  volume: "Set the volume",
  input: "Move the pointer and type",
  notify: "Show notifications",
  open: "Open web pages",
  host: "See load and battery",
};

export const en = {
  language: "en",
  product: "DeskConn",
  title: (computer: string) => `${computer} · DeskConn`,
  loading: "Loading…",

  pair: {
    title: "Pair with this computer",
    advice: "Run “deskconn pair” on the computer and enter the eight digits it shows.",
    scan: "Or scan the code on its screen with your camera.",
    code: "Pairing code",
    submit: "Pair",
    tryAgain: "Try again",
    tryAgainIn: (seconds: number) => `Try again in ${seconds} s`,
    working: "Pairing…",
    workingAdvice: "Proving to each other that both know the code.",
    asking: "Allow it on the computer",
    askingAdvice: "The computer asks whether to let this device in, and shows the same two words.",
    incomplete: "The code has eight digits.",
    back: "Back",
    attemptsLeft: (count: number) =>
      count === 0
        ? "No attempts are left: scan the code on the computer’s screen, or start pairing again there."
        : `${count}\u00A0${count === 1 ? "attempt is" : "attempts are"} left.`,
    errors: pairingErrors,
  },

  paired: {
    title: (computer: string) => `Paired with ${computer}`,
    words: "Verifier words",
    advice: "Check that the computer shows the same two words.",
    forgetful:
      "This browser keeps nothing when the page is closed; you will have to pair again then.",
    start: "They match",
    differ: "The words differ",
    differed: {
      title: "The words differed, so this pairing was dropped.",
      advice:
        "Somebody may be between you and the computer. Remove the newest device there with “deskconn unpair”, and pair again on a network you trust.",
    },
  },

  tabs,
  navigation: "Parts of the remote",
  grants,
  line: (name: string) => `Use the switch “${name}”`,
  onOff: { on: "On", off: "Off" },

  present: {
    region: "Slide controls",
    more: "More slide controls",
    actions,
    actionNames,
    notSupported: (name: string) => `${name} (not available in this program)`,
    broken: {
      title: "The computer can not turn slides right now.",
      advice: "Its slides component is not running.",
    },
    viewerName: (title: string) => `Program: ${title}`,
    chooseViewer: "Which program shows the slides?",
    pointerName: "Move the pointer in the place of the slide buttons",
  },

  timer: {
    region: "Timer",
    passed: "have passed.",
    left: "are left.",
    over: "too long.",
    start: "Start the timer",
    pause: "Pause the timer",
    settings: "Timer settings",
    length: "Length of the talk",
    noLength: "None",
    minutes: (count: number) => `${count}\u00A0min`,
    advice: "The phone vibrates five minutes and one minute before the end, and at the end.",
    mark: "Mark this moment",
    marks: "Marks",
    reset: "Back to zero",
    signs: (minutes: number) =>
      minutes === 0
        ? "Time is up."
        : `${minutes}\u00A0${minutes === 1 ? "minute" : "minutes"} left.`,
  },

  screen: {
    brightness: "Brightness",
    boosted: "Somebody has it brighter for a while.",
    brokenBrightness: {
      title: "The brightness can not be set.",
      advice: "The computer has no display it can dim.",
    },
    lock: "Lock",
    lockNow: "Lock the screen",
    locked: "The screen is locked.",
    unlocked: "The screen is unlocked.",
    unknown: "The computer does not tell whether its screen is locked.",
    requested: "The computer was asked to lock, and has not confirmed it yet.",
    brokenLock: {
      title: "The screen can not be locked.",
      advice: "No desktop session was found to lock.",
    },
    awake: "Keep the screen awake",
    awakeAdvice: "For as long as this page is connected.",
    awakeByOthers: "Something else keeps it awake already.",
    brokenAwake: {
      title: "The screen can not be kept awake.",
      advice: "The desktop takes no such wish.",
    },
  },

  media: {
    players: "Players",
    none: "Nothing is playing",
    noneAdvice: "Start music or a film on the computer, and it appears here.",
    broken: {
      title: "Players can not be controlled.",
      advice: "The computer has no desktop session with players.",
    },
    states: { playing: "Playing", paused: "Paused", stopped: "Stopped" },
    untitled: "Untitled",
    previous: "Previous track",
    next: "Next track",
    play: "Play",
    pause: "Pause",
    position: (player: string) => `Position in ${player}`,
    volume: "Volume",
    muteName: "Mute the speakers",
    microphone: "Mute microphone",
    muted: "Muted",
    brokenVolume: {
      title: "The volume can not be set.",
      advice: "The computer’s sound server was not found.",
    },
  },

  pointer: {
    pad: "Touchpad",
    advice:
      "Drag to move, tap to click, drag two fingers to scroll, tap two fingers to right-click.",
    buttons: { left: "Left click", right: "Right click" },
    type: "Type",
    typePlaceholder: "Type here, it appears there",
    keys: "Keys",
    keyNames: {
      escape: "Esc",
      tab: "Tab",
      backspace: "Erase",
      enter: "Enter",
      left: "Arrow left",
      up: "Arrow up",
      down: "Arrow down",
      right: "Arrow right",
    },
    broken: {
      title: "The pointer can not be moved.",
      advice: "The computer’s input component is not running.",
    },
  },

  lines: {
    broken: {
      title: "The switches can not be used.",
      advice: "The computer’s gpio component is not running.",
    },
    none: "No switch is set up",
    noneAdvice: "The computer’s configuration names none that this device may use.",
    input: "Sensor",
    output: "Switch",
    unknown: "Unknown",
    doing: { pulse: "Pulsing", blink: "Blinking", pwm: "Dimmed" },
    next: (value: boolean, when: string) => `${value ? "On" : "Off"} ${when}`,
    pulse: "On for a second",
    pulseName: (title: string) => `Switch ${title} on for a second`,
    schedule: "Schedule",
    scheduleName: (title: string) => `Schedule of ${title}`,
    scheduleAdvice: (zone: string) => `By the computer’s clock (${zone}).`,
    never: "It is never switched by itself.",
    from: "From",
    until: "Until",
    days: "Days",
    dayNames: {
      mon: ["Mo", "Monday"],
      tue: ["Tu", "Tuesday"],
      wed: ["We", "Wednesday"],
      thu: ["Th", "Thursday"],
      fri: ["Fr", "Friday"],
      sat: ["Sa", "Saturday"],
      sun: ["Su", "Sunday"],
    },
    add: "Add a time",
    remove: "Remove this time",
    save: "Save",
    asConfigured: "As in the configuration",
    cancel: "Cancel",
  },

  computer: {
    version: "Version",
    running: "Running for",
    devices: "Paired devices",
    parts: "Parts of the computer",
    partStates: {
      running: "Works",
      starting: "Starts",
      unavailable: "Not available",
      failed: "Failed",
      disabled: "Turned off",
    },
    device: "This device",
    may: "It may",
    nothing: "Nothing. Allow something on the computer with “deskconn grant”.",
    until: (when: string) => `until ${when}`,
    id: "Id",
    paired: (when: string) => `Paired until ${when}.`,
    forgetMore: "To let it do more or less, use “deskconn grant” and “deskconn revoke” there.",
  },

  host: {
    title: "How it is doing",
    broken: {
      title: "The computer does not say how it is doing.",
      advice: "Its host component is not running.",
    },
    battery: "Battery",
    states: {
      charging: "charging",
      discharging: "discharging",
      full: "full",
      idle: "not charging",
    },
    left: (time: string) => `${time} left`,
    load: "Load",
    loadOf: (load: string, cores: string) => `${load} of ${cores}`,
    memory: "Memory",
    disk: "Disk",
    used: (used: string, total: string) => `${used} of ${total} GB in use`,
    temperature: "Temperature",
  },

  send: {
    title: "Send to the desk",
    address: "Web address",
    open: "Open",
    noAddress: "That is no web address.",
    note: "Note",
    show: "Show",
    sent: "Sent.",
  },

  status: {
    connecting: "Connecting…",
    online: "Connected",
    reconnecting: "Reconnecting…",
    removed: "Removed by the computer",
    closed: "Disconnected",
  },

  problem: {
    removed: {
      title: "The computer no longer knows this device.",
      advice: "It was removed there, or the pairing ran out. Pair again to go on.",
    },
    offline: {
      title: "The computer does not answer.",
      advice: "This page keeps trying. Key presses are not saved up.",
    },
    denied: {
      title: "The computer does not allow this.",
      advice: "Allow it there with “deskconn grant”.",
    },
    tooFast: {
      title: "Too many presses at once.",
      advice: "The computer left the last one out.",
    },
    notSent: {
      title: "Nothing was sent.",
      advice: "There is no connection to the computer.",
    },
    unsure: {
      title: "The computer did not answer.",
      advice: "The last press may or may not have reached it.",
    },
    failed: {
      title: "The computer could not do that.",
      advice: "Try again.",
    },
    less: {
      title: "The computer took something back.",
      advice: (part: string) => `This device may not use “${part}” any more.`,
    },
    pairAgain: "Pair again",
    checkAgain: "Check again",
    dismiss: "Dismiss",
  },

  menu: {
    close: "Close",
    forget: "Forget this computer",
    forgetTitle: (computer: string) => `Forget ${computer}?`,
    forgetAdvice:
      "This browser deletes its key and has to be paired again. If the computer can not be reached now, it keeps this device in its list until it is removed there with “deskconn unpair”.",
    confirm: "Forget",
    cancel: "Cancel",
    computerId: "Computer id",
    security: "Sealed link",
    securityAdvice: "Every key press is encrypted for the paired computer.",
    plainAdvice:
      "The page itself came over the local network unprotected: use it on networks you trust.",
  },
} as const;
