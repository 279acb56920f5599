/** Every text the web remote shows, in English. Another language is another object of this type. */

import type { PairingErrorCode } from "@deskconn/client";
import type { Action } from "./actions.ts";

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
  stop: "End the show",
  black: "Black screen, on or off",
  white: "White screen, on or off",
};

export const messages = {
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
    start: "Start presenting",
    differ: "The words differ",
    differed: {
      title: "The words differed, so this pairing was dropped.",
      advice:
        "Somebody may be between you and the computer. Remove the newest device there with “deskconn unpair”, and pair again on a network you trust.",
    },
  },

  present: {
    region: "Slide controls",
    more: "More slide controls",
    actions,
    actionNames,
    notSupported: (name: string) => `${name} (not available in this program)`,
  },

  status: {
    connecting: "Connecting…",
    online: "Connected",
    reconnecting: "Reconnecting…",
    removed: "Removed by the computer",
    noSlides: "Connected, slides unavailable",
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
    noSlides: {
      title: "The computer can not turn slides right now.",
      advice: "Its slides component is not running.",
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
    pairAgain: "Pair again",
    checkAgain: "Check again",
    dismiss: "Dismiss",
  },

  menu: {
    open: "This computer",
    close: "Close",
    forget: "Forget this computer",
    forgetTitle: (computer: string) => `Forget ${computer}?`,
    forgetAdvice:
      "This browser deletes its key and has to be paired again. If the computer can not be reached now, it keeps this device in its list until it is removed there with “deskconn unpair”.",
    confirm: "Forget",
    cancel: "Cancel",
    computerId: "Computer id",
    deviceId: "This device",
    security: "Sealed link",
    securityAdvice:
      "Every key press is encrypted for the paired computer. The page itself came over the local network unprotected: use it on networks you trust.",
  },
} as const;
