/** Presenting: a connection, what is known about the slides, and the last thing that went wrong. */

import { type Connection, type ConnectionState, LinkLostError, WampError } from "@deskconn/client";
import { type Action, procedureOf } from "./actions.ts";
import { Observable } from "./observable.ts";
import { readSlides, type Slides, slidesAfter } from "./slides.ts";

/** Why a press had no effect, or may have had none. */
export type Failure =
  /** There was no link. */
  | { readonly kind: "not_sent" }
  /** No answer came: it may have had its effect. */
  | { readonly kind: "unsure" }
  | { readonly kind: "too_fast" }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string | undefined };

/** Everything the presenter's screen shows. */
export interface PresenterState {
  readonly link: ConnectionState["kind"];
  /** Whether there was a link before, so that the next one is a reconnection. */
  readonly wasOnline: boolean;
  readonly slides: Slides;
  readonly failure: Failure | undefined;
}

/** How often a computer that can not turn slides is asked whether it can now, in milliseconds. */
const ASK_AGAIN = 10_000;

/** How long somebody who forgets a computer waits for it, in milliseconds. */
const UNPAIR_TIMEOUT = 2000;

export class Presenter {
  readonly state = new Observable<PresenterState>({
    link: "connecting",
    wasOnline: false,
    slides: { kind: "unknown" },
    failure: undefined,
  });
  readonly #connection: Connection;
  readonly #stopWatching: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#stopWatching = connection.watch(({ kind }) => this.#linkBecame(kind));
  }

  /** Does something to the presentation, now or not at all. */
  async press(action: Action): Promise<void> {
    if (this.state.value.link !== "online") {
      this.#change({ failure: { kind: "not_sent" } });
      return;
    }
    try {
      await this.#connection.call(procedureOf(action));
      this.#change({ failure: undefined });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Asks the computer to remove this device. Without an answer it stays in the computer's list. */
  async unpair(): Promise<void> {
    // The computer ends the link instead of answering.
    await this.#connection
      .call("org.deskconn.pairing.leave", undefined, { timeoutMs: UNPAIR_TIMEOUT })
      .catch(() => {});
  }

  /** Whether the program in use has an action. */
  offers(action: Action): boolean {
    const { slides } = this.state.value;
    return slides.kind !== "ready" || (slides.actions?.includes(action) ?? true);
  }

  /** Makes sure of the link and of the slides at once. */
  recheck(): void {
    this.#connection.retry();
    void this.#askAboutSlides();
  }

  /** Takes the last failure off the screen. */
  dismiss(): void {
    this.#change({ failure: undefined });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stopWatching();
    this.#connection.close();
  }

  #linkBecame(link: ConnectionState["kind"]): void {
    const { wasOnline } = this.state.value;
    this.#change({ link, wasOnline: wasOnline || link === "online" });
    if (link === "online") {
      this.#change({ failure: undefined });
      void this.#askAboutSlides();
    }
  }

  async #askAboutSlides(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.state.value.link !== "online") {
      return;
    }
    try {
      this.#change({ slides: await readSlides(this.#connection) });
    } catch {
      // The link is gone; the next one asks again.
      return;
    }
    if (this.state.value.slides.kind !== "ready" && this.state.value.link === "online") {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#askAboutSlides(), ASK_AGAIN);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof LinkLostError) {
      this.#change({ failure: { kind: "unsure" } });
      return;
    }
    if (!(error instanceof WampError)) {
      throw error;
    }
    const slides = slidesAfter(error);
    if (slides) {
      this.#change({ slides, failure: undefined });
    } else if (error.uri === "org.deskconn.error.rate_limited") {
      this.#change({ failure: { kind: "too_fast" } });
    } else {
      const { message, hint } = error;
      this.#change({ failure: { kind: "refused", message, hint } });
    }
    if (slides || error.uri === "wamp.error.no_such_procedure") {
      void this.#askAboutSlides();
    }
  }

  #change(part: Partial<PresenterState>): void {
    this.state.set({ ...this.state.value, ...part });
  }
}
