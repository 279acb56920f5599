/** A paired computer as the page has it: the link, what this device may do there, what went wrong. */

import {
  type Connection,
  type ConnectionState,
  call,
  LinkLostError,
  type Me,
  subscribe,
  WampError,
} from "@deskconn/client";
import { Observable } from "./observable.ts";

/** Why a press had no effect, or may have had none. */
export type Failure =
  /** There was no link. */
  | { readonly kind: "not_sent" }
  /** No answer came: it may have had its effect. */
  | { readonly kind: "unsure" }
  | { readonly kind: "too_fast" }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string | undefined };

/** Everything the page knows about the link. */
export interface DeskState {
  readonly link: ConnectionState["kind"];
  /** Whether there was a link before, so that the next one is a reconnection. */
  readonly wasOnline: boolean;
  /** What the computer knows of this device; `undefined` until it has told. */
  readonly me: Me | undefined;
  readonly failure: Failure | undefined;
}

/** Whatever can tell from an ERROR that it can not be used; see {@link Desk.ask}. */
export interface Learner {
  /** @returns whether the error was about that. */
  learn(error: WampError): boolean;
}

/** How long somebody who forgets a computer waits for it, in milliseconds. */
const UNPAIR_TIMEOUT = 2000;

const START: DeskState = {
  link: "connecting",
  wasOnline: false,
  me: undefined,
  failure: undefined,
};

export class Desk {
  readonly state = new Observable<DeskState>(START);
  readonly connection: Connection;
  readonly #grantsAtFirst: readonly string[];
  readonly #stopWatching: () => void;
  /** Counts what was learned about this device, so that an old answer does not replace a newer one. */
  #news = 0;

  /** @param grants What this device was last known to be allowed, until the computer tells. */
  constructor(connection: Connection, grants: readonly string[]) {
    this.connection = connection;
    this.#grantsAtFirst = grants;
    subscribe(connection, "daemon.on_me_changed", (me) => void this.#learnMe(me));
    this.#stopWatching = connection.watch(({ kind }) => this.#linkBecame(kind));
  }

  /** What this device may do, as far as it knows. */
  get grants(): readonly string[] {
    return this.state.value.me?.grants ?? this.#grantsAtFirst;
  }

  /** Whether this device may do all that a grant names. */
  may(grant: string): boolean {
    return this.grants.includes(grant);
  }

  /** Whether a request would go out now. */
  get isOnline(): boolean {
    return this.state.value.link === "online";
  }

  /**
   * Does what a person has asked for, now or not at all; what goes wrong is shown.
   *
   * @param learner Who may learn from an ERROR that nothing of the kind works; it is not shown then.
   * @returns the answer, or `undefined` when there is none.
   */
  async ask<T>(request: () => Promise<T>, learner?: Learner): Promise<T | undefined> {
    if (!this.isOnline) {
      this.#fail({ kind: "not_sent" });
      return undefined;
    }
    try {
      const answer = await request();
      this.dismiss();
      return answer;
    } catch (error) {
      this.#fail(failureOf(error, learner));
      return undefined;
    }
  }

  /** Asks the computer to remove this device. Without an answer it stays in the computer's list. */
  async unpair(): Promise<void> {
    // The computer ends the link instead of answering.
    await call(this.connection, "pairing.leave", {}, { timeoutMs: UNPAIR_TIMEOUT }).catch(() => {});
  }

  /** Makes sure of the link at once. */
  recheck(): void {
    this.connection.retry();
  }

  /** Takes the last failure off the screen. */
  dismiss(): void {
    if (this.state.value.failure) {
      this.#fail(undefined);
    }
  }

  close(): void {
    this.#stopWatching();
    this.connection.close();
  }

  #fail(failure: Failure | undefined): void {
    this.#change({ failure });
  }

  #linkBecame(link: ConnectionState["kind"]): void {
    const { wasOnline, failure } = this.state.value;
    const isOnline = link === "online";
    this.#change({
      link,
      wasOnline: wasOnline || isOnline,
      failure: isOnline ? undefined : failure,
    });
    if (isOnline) {
      void this.#askForMe();
    }
  }

  async #askForMe(): Promise<void> {
    this.#news += 1;
    const asked = this.#news;
    try {
      const me = await call(this.connection, "daemon.me");
      if (asked === this.#news) {
        await this.#learnMe(me);
      }
    } catch {
      // The link is gone; the next one asks again.
    }
  }

  async #learnMe(me: Me): Promise<void> {
    this.#news += 1;
    const learned = this.#news;
    // Before anybody looks: what may be done again is followed again.
    await this.connection.resubscribe();
    if (learned === this.#news) {
      this.#change({ me });
    }
  }

  #change(part: Partial<DeskState>): void {
    this.state.set({ ...this.state.value, ...part });
  }
}

/** @throws whatever is not an answer of the computer, nor the lack of one. */
function failureOf(error: unknown, learner: Learner | undefined): Failure | undefined {
  if (error instanceof LinkLostError) {
    return { kind: "unsure" };
  }
  if (!(error instanceof WampError)) {
    throw error;
  }
  if (learner?.learn(error)) {
    return undefined;
  }
  if (error.uri === "org.deskconn.error.rate_limited") {
    return { kind: "too_fast" };
  }
  const { message, hint } = error;
  return { kind: "refused", message, hint };
}
