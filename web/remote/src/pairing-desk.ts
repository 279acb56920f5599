/** Pairing as the page does it: one attempt at a time, each of them asked for by a person. */

import {
  type Identity,
  type OpenSocket,
  openPairing,
  type Pairing,
  PairingError,
  type PairingSecret,
  pair,
  parseCode,
} from "@deskconn/client";
import { type Advice, messages } from "./messages.ts";
import { Observable } from "./observable.ts";
import { sentence } from "./sentence.ts";
import { APP, profileOf } from "./this-device.ts";

/** What the pairing screen shows. */
export interface PairingState {
  readonly isWorking: boolean;
  /** The verifier words, while the computer's owner is asked. */
  readonly asking: readonly [string, string] | undefined;
  /** Why the last attempt failed. */
  readonly problem: PairingProblem | undefined;
  /** Seconds until the computer may have time for another attempt. */
  readonly waitSeconds: number;
  /** A link that can be tried again without scanning it again. */
  readonly canRetryLink: boolean;
}

/** A failed attempt in words; `isCode` when the digits are what was wrong. */
export interface PairingProblem extends Advice {
  readonly isCode: boolean;
}

/** Where to pair, and as whom. */
export interface PairingDeskOptions {
  readonly host: string;
  readonly secure: boolean;
  readonly userAgent: string;
  readonly identity: () => Promise<Identity>;
  readonly openSocket?: OpenSocket;
}

/** Failures the computer can tell more about: which of the two secrets is closed, and why. */
const THEIR_ADVICE = ["not_pairing", "refused"];
/** Failures after which the same secret may still be good. */
const RETRIABLE = ["unreachable", "busy", "expired"];

const READY: PairingState = {
  isWorking: false,
  asking: undefined,
  problem: undefined,
  waitSeconds: 0,
  canRetryLink: false,
};

export class PairingDesk {
  readonly state = new Observable<PairingState>(READY);
  readonly #options: PairingDeskOptions;
  #link: PairingSecret | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(options: PairingDeskOptions) {
    this.#options = options;
  }

  /** Pairs with what was typed. @returns the pairing, or `undefined` when it failed. */
  async withCode(typed: string): Promise<Pairing | undefined> {
    const code = parseCode(typed);
    if (code === undefined) {
      const problem = { title: messages.pair.incomplete, advice: "", isCode: true };
      this.state.set({ ...READY, problem });
      return undefined;
    }
    this.#link = undefined;
    return this.#attempt({ method: "code", code });
  }

  /** Pairs with the secret of a link. @returns the pairing, or `undefined` when it failed. */
  async withLink(link: PairingSecret): Promise<Pairing | undefined> {
    this.#link = link;
    return this.#attempt(link);
  }

  /** Tries the last link again. */
  async again(): Promise<Pairing | undefined> {
    return this.#link && this.#attempt(this.#link);
  }

  /** Shows advice that did not come from an attempt, or none. */
  reset(problem?: Advice): void {
    clearInterval(this.#clock);
    this.#link = undefined;
    this.state.set({ ...READY, problem: problem && { ...problem, isCode: false } });
  }

  async #attempt(secret: PairingSecret): Promise<Pairing | undefined> {
    if (this.state.value.isWorking) {
      return undefined;
    }
    clearInterval(this.#clock);
    this.state.set({ ...READY, isWorking: true });
    try {
      const pairing = await this.#pair(secret);
      this.state.set(READY);
      this.#link = undefined;
      return pairing;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #pair(secret: PairingSecret): Promise<Pairing> {
    const { userAgent, identity, ...address } = this.#options;
    const joiner = { identity: await identity(), profile: profileOf(userAgent), app: APP };
    const session = await openPairing(address);
    try {
      return await pair(session, secret, joiner, (asking) =>
        this.state.set({ ...this.state.value, asking }),
      );
    } finally {
      session.close();
    }
  }

  #failed(cause: unknown): void {
    const error = cause instanceof PairingError ? cause : undefined;
    const code = error?.code ?? "unreachable";
    this.state.set({
      isWorking: false,
      asking: undefined,
      problem: inWords(code, error),
      waitSeconds: Math.ceil((error?.retryAfterMs ?? 0) / 1000),
      canRetryLink: this.#link !== undefined && RETRIABLE.includes(code),
    });
    this.#clock = setInterval(() => this.#tick(), 1000);
  }

  /** Counts the seconds down. */
  #tick(): void {
    const state = this.state.value;
    if (state.waitSeconds > 0) {
      this.state.set({ ...state, waitSeconds: state.waitSeconds - 1 });
    } else {
      clearInterval(this.#clock);
    }
  }
}

/** A failure in words. When the computer knows best what to do, its advice comes before ours. */
function inWords(code: PairingError["code"], error: PairingError | undefined): PairingProblem {
  const { title, advice } = messages.pair.errors[code];
  const isCode = code === "bad_code";
  const left = error?.attemptsLeft;
  if (isCode && left !== undefined) {
    return {
      title,
      advice: `${left > 0 ? advice : ""} ${messages.pair.attemptsLeft(left)}`.trim(),
      isCode,
    };
  }
  if (error && code === "declined") {
    // Only the computer knows whether its owner said no, or nothing, or closed the window.
    const theirs = [error.message, error.hint ?? ""].map(sentence).join(" ").trim();
    return { title, advice: theirs || advice, isCode };
  }
  const theirs = THEIR_ADVICE.includes(code) ? error?.hint : undefined;
  return { title, advice: theirs ? sentence(theirs) : advice, isCode };
}
