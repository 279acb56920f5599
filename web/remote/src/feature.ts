/** A component of the computer as the page follows it: whether it works, and how things are there. */

import { type Availability, call, LinkLostError, WampError } from "@deskconn/client";
import type { Desk, Learner } from "./desk.ts";
import { Observable } from "./observable.ts";

/** How a component is. */
export type FeatureState<S> =
  /** Not asked yet; pressing a button is allowed and will tell. */
  | { readonly kind: "unknown" }
  | { readonly kind: "ready"; readonly status: S }
  /** It can not do its work, for the reason the computer gives. */
  | { readonly kind: "unavailable"; readonly reason: string | undefined }
  /** This device may not. */
  | { readonly kind: "denied" };

/** What to follow. */
export interface FeatureOptions<S> {
  /** The component, as the daemon calls it. */
  readonly component: string;
  /** Whether a device with these grants may use it. */
  readonly isGranted: (grants: readonly string[]) => boolean;
  readonly read: () => Promise<S>;
  /** Has `handler` called with every later status. Called once at most, when it is granted. */
  readonly follow?: (handler: (status: S) => void) => void;
}

/**
 * How soon a component that does not work is asked whether it does now, and how seldom in the end, in
 * milliseconds: each time stands in the computer's audit log.
 */
const ASK_AGAIN = { first: 10_000, longest: 5 * 60_000 };

export class Feature<S extends Availability> implements Learner {
  readonly state = new Observable<FeatureState<S>>({ kind: "unknown" });
  readonly #desk: Desk;
  readonly #options: FeatureOptions<S>;
  readonly #stopWatching: () => void;
  #isFollowed = false;
  #isWanted = false;
  /** Counts what was learned, so that an old answer does not replace a newer event. */
  #news = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #patience = ASK_AGAIN.first;

  constructor(desk: Desk, options: FeatureOptions<S>) {
    this.#desk = desk;
    this.#options = options;
    this.#stopWatching = desk.state.watch(() => this.#deskChanged());
  }

  /** How things are, if it works. */
  get status(): S | undefined {
    const state = this.state.value;
    return state.kind === "ready" ? state.status : undefined;
  }

  /** Asks the computer how things are. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#isWanted) {
      return;
    }
    this.#news += 1;
    const asked = this.#news;
    const state = await this.#read().catch((error: unknown) => {
      if (error instanceof LinkLostError) {
        return undefined;
      }
      throw error;
    });
    if (state && asked === this.#news) {
      this.#become(state);
    }
  }

  /** Takes a status that somebody else got, as the answer to a call; anything else is left alone. */
  accept(status: Partial<S> | undefined): void {
    if (typeof status?.available === "boolean") {
      this.#news += 1;
      this.#become(stateOf(status as S));
    }
  }

  learn(error: WampError): boolean {
    const state = stateAfter(error);
    if (state) {
      this.#news += 1;
      this.#become(state);
      void this.refresh();
    }
    return state !== undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isWanted = false;
    this.#stopWatching();
  }

  #deskChanged(): void {
    const { link, me } = this.#desk.state.value;
    const isGranted = me !== undefined && this.#options.isGranted(me.grants);
    const wasWanted = this.#isWanted;
    this.#isWanted = isGranted && link === "online";
    if (me && !isGranted && this.state.value.kind !== "denied") {
      this.#news += 1;
      this.state.set({ kind: "denied" });
    }
    if (!this.#isWanted || wasWanted) {
      return;
    }
    this.#patience = ASK_AGAIN.first;
    if (!this.#isFollowed) {
      this.#isFollowed = true;
      this.#options.follow?.((status) => this.accept(status));
    }
    void this.refresh();
  }

  async #read(): Promise<FeatureState<S>> {
    try {
      return stateOf(await this.#options.read());
    } catch (error) {
      if (!(error instanceof WampError)) {
        throw error;
      }
      return stateAfter(error) ?? { kind: "unavailable", reason: await this.#componentReason() };
    }
  }

  /** Why the component does not run, if the daemon says. */
  async #componentReason(): Promise<string | undefined> {
    if (!this.#desk.may("status")) {
      return undefined;
    }
    try {
      const { components } = await call(this.#desk.connection, "daemon.status");
      return components.find(({ name }) => name === this.#options.component)?.reason;
    } catch (error) {
      if (error instanceof WampError) {
        return undefined;
      }
      throw error;
    }
  }

  #become(state: FeatureState<S>): void {
    clearTimeout(this.#timer);
    this.state.set(state);
    if (state.kind === "unavailable") {
      this.#timer = setTimeout(() => void this.refresh(), this.#patience);
      this.#patience = Math.min(this.#patience * 2, ASK_AGAIN.longest);
    } else {
      this.#patience = ASK_AGAIN.first;
    }
  }
}

function stateOf<S extends Availability>(status: S): FeatureState<S> {
  return status.available === false
    ? { kind: "unavailable", reason: status.reason }
    : { kind: "ready", status };
}

/** What an ERROR tells about whether the next call would fail too; `undefined` if nothing. */
function stateAfter(error: WampError): FeatureState<never> | undefined {
  if (error.uri === "org.deskconn.error.unavailable") {
    // As a status says it.
    const said = [error.message, error.hint].filter((text) => text !== undefined);
    return { kind: "unavailable", reason: said.join("; hint: ") };
  }
  if (["org.deskconn.error.denied", "wamp.error.not_authorized"].includes(error.uri)) {
    return { kind: "denied" };
  }
  return undefined;
}
