/** Has the screen brighter while that is wanted: takes a lease on it, and gives it back. */

import { type CallResult, LinkLostError, type Payload } from "@deskconn/client";

/** What calls the computer. */
export interface Caller {
  call(procedure: string, payload?: Payload): Promise<CallResult>;
}

/** A lease that is held, and the level it is for. */
interface Held {
  readonly lease: number;
  readonly percent: number;
}

export const BOOST = "org.deskconn.screen.brightness.boost";
export const RESTORE = "org.deskconn.screen.brightness.restore";

/** A film that was forgotten in full screen ends at last, in milliseconds. */
const LONGEST = 6 * 60 * 60 * 1000;

/**
 * Brings what is held in line with what is wanted, one call at a time.
 *
 * A lease is the session's: it ends with the session, and the computer restores the screen by itself.
 * So there is nothing to give back after {@link Booster.lost}, and everything to take again after
 * {@link Booster.joined}. What the computer refuses is asked for again when something else is wanted,
 * or in another session, and not before.
 */
export class Booster {
  readonly #caller: Caller;
  readonly #changed: (refusal: unknown) => void;
  #wanted: number | undefined;
  #held: Held | undefined;
  /** Counts sessions; 0 is none. */
  #session = 0;
  #isOnline = false;
  #isRefused = false;
  #isSettling = false;

  /** @param changed Called after every change, with what the computer said if it refused. */
  constructor(caller: Caller, changed: (refusal: unknown) => void) {
    this.#caller = caller;
    this.#changed = changed;
  }

  /** Whether the screen is brighter. */
  get isBoosted(): boolean {
    return this.#held !== undefined;
  }

  /** Whether there is, or will be, something to say to the computer. */
  get needsLink(): boolean {
    return this.#wanted !== undefined || this.#held !== undefined;
  }

  /** Wants the screen at this level at least, or as it was. */
  want(percent: number | undefined): void {
    if (percent !== this.#wanted) {
      this.#wanted = percent;
      this.#isRefused = false;
      void this.#settle();
    }
  }

  /** There is a session. */
  joined(): void {
    this.#session += 1;
    this.#isOnline = true;
    this.#isRefused = false;
    void this.#settle();
  }

  /** The session has ended, and what it held with it. */
  lost(): void {
    this.#isOnline = false;
    this.#held = undefined;
  }

  async #settle(): Promise<void> {
    if (this.#isSettling) {
      return;
    }
    this.#isSettling = true;
    let refusal: unknown;
    while (this.#isOnline && !this.#isRefused && this.#wanted !== this.#held?.percent) {
      const [wanted, session] = [this.#wanted, this.#session];
      try {
        await this.#step(wanted, this.#held);
      } catch (error) {
        this.#isRefused = wanted === this.#wanted && session === this.#session;
        refusal = error instanceof LinkLostError ? undefined : error;
      }
    }
    this.#isSettling = false;
    this.#changed(refusal);
  }

  /** Takes what is wanted before it gives back what is held: between two levels it never gets dark. */
  async #step(wanted: number | undefined, held: Held | undefined): Promise<void> {
    const session = this.#session;
    const next = wanted === undefined ? undefined : await this.#take(wanted);
    if (session === this.#session && this.#isOnline) {
      this.#held = next;
      if (held) {
        await this.#giveBack(held);
      }
    }
  }

  async #take(percent: number): Promise<Held> {
    const { kwargs } = await this.#caller.call(BOOST, { kwargs: { percent, ttl_ms: LONGEST } });
    return { lease: Number(kwargs.lease), percent };
  }

  /** A lease that the computer does not know any more is given back already. */
  async #giveBack({ lease }: Held): Promise<void> {
    try {
      await this.#caller.call(RESTORE, { kwargs: { lease } });
    } catch (error) {
      if (error instanceof LinkLostError) {
        throw error;
      }
    }
  }
}
