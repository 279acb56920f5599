/**
 * A lasting connection to a paired daemon: it reconnects by itself and always says how things are.
 *
 * ```text
 *            joined             ended, silent
 * connecting ──────▶ online ──────────────────▶ offline ──(backoff, retry)──▶ connecting
 *     │ no answer ─────────────────────────────▶   ▲
 *     └ refused twice, or refused inside the link ─▶ removed ──(retry)──▶ connecting
 * ```
 */

import { cryptosign } from "./cryptosign.ts";
import { type OpenSocket, openWebSocket, type SealedPeers, SealedSocket } from "./sealed-socket.ts";
import { LinkLostError, WampError } from "./wamp/errors.ts";
import { join } from "./wamp/join.ts";
import type { CallResult, Payload } from "./wamp/payload.ts";
import type { CallOptions, Session } from "./wamp/session.ts";

/** The realm of paired devices. */
export const REALM = "deskconn";

/** How things are. */
export type ConnectionState =
  /** An attempt is being made. */
  | { readonly kind: "connecting" }
  | { readonly kind: "online" }
  /** The daemon does not answer; the next attempt is made after `retryInMs`. */
  | { readonly kind: "offline"; readonly retryInMs: number }
  /** The daemon answers, but does not know this device (any more). Nothing is retried by itself. */
  | { readonly kind: "removed" }
  /** {@link Connection.close} was called. */
  | { readonly kind: "closed" };

/** A connection that outlives the sessions it is made of. */
export interface Connection {
  readonly state: ConnectionState;
  /** Calls `listener` now and at every change. @returns a function that stops it. */
  watch(listener: (state: ConnectionState) => void): () => void;
  /**
   * Waits until there is a link.
   *
   * @throws LinkLostError when there will be none by itself: the computer removed this device, or the
   *   connection was closed.
   */
  ready(): Promise<void>;
  /**
   * Calls a procedure in the session of this moment. Nothing is queued or repeated: a key press that
   * arrives late is worse than one that does not.
   *
   * @throws WampError when the answer is an ERROR; LinkLostError when there is no link or no answer.
   */
  call(procedure: string, payload?: Payload, options?: CallOptions): Promise<CallResult>;
  /**
   * Subscribes now and in every later session. A subscription that is refused, or taken back, is
   * left out until {@link resubscribe}.
   */
  subscribe(topic: string, handler: (event: CallResult) => void): void;
  /**
   * Asks again for the subscriptions that were refused or taken back: for when this device may do
   * more than before.
   */
  resubscribe(): Promise<void>;
  /** Makes sure of the link at once: tries again when offline or removed, probes it when online. */
  retry(): void;
  close(): void;
}

/** Whom to connect to, and as whom. */
export interface ConnectOptions extends SealedPeers {
  /** `host:port` of the daemon. */
  readonly host: string;
  /** Over TLS. */
  readonly secure?: boolean;
  readonly openSocket?: OpenSocket;
}

/** How long a whole attempt may take, in milliseconds. */
const ATTEMPT_TIMEOUT = 10_000;
/** How long a call waits; a key press answered later than this is a dead link. */
const CALL_TIMEOUT = 5_000;
/** How often an idle link is asked for a sign of life; costs the radio of a phone one packet. */
const HEARTBEAT = 15_000;
/** The first wait after a failure and the longest one. */
const BACKOFF = { first: 500, longest: 10_000 };
/** A session this old counts as a success, so the next failure starts again from the first wait. */
const STABLE_AFTER = 10_000;
/** Any procedure will do, an ERROR is a sign of life too; this one every device may call. */
const HEARTBEAT_PROCEDURE = "org.deskconn.daemon.me";
/** ABORT reasons that mean the daemon knows this device no longer. */
const REMOVED_REASONS: readonly string[] = [
  "wamp.error.no_such_principal",
  "wamp.error.authentication_failed",
  "wamp.error.authentication_denied",
  "wamp.error.not_authorized",
];

/** The WebSocket address of a daemon. */
export function socketUrl(host: string, secure = false): string {
  return `${secure ? "wss" : "ws"}://${host}/ws`;
}

/** Connects to a paired daemon and keeps connected until closed. */
export function connect(options: ConnectOptions): Connection {
  const connection = new LastingConnection(options);
  void connection.run();
  return connection;
}

/** How an attempt ended. */
type Attempt = Session | "failed" | "refused" | "removed";

class LastingConnection implements Connection {
  readonly #options: ConnectOptions;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  readonly #handlers = new Map<string, Set<(event: CallResult) => void>>();
  /** The topics that the session of this moment is subscribed to, or has asked to be. */
  readonly #subscribed = new Set<string>();
  #state: ConnectionState = { kind: "connecting" };
  #session: Session | undefined;
  #wake: () => void = () => {};

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  watch(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const judge = ({ kind }: ConnectionState) => {
        if (kind === "online") {
          resolve();
        } else if (kind === "removed" || kind === "closed") {
          reject(new LinkLostError(`the connection is ${kind}`));
        } else {
          return;
        }
        this.#listeners.delete(judge);
      };
      this.#listeners.add(judge);
      judge(this.#state);
    });
  }

  async call(procedure: string, payload?: Payload, options?: CallOptions): Promise<CallResult> {
    const session = this.#session;
    if (!session) {
      throw new LinkLostError("there is no connection to the computer");
    }
    try {
      return await session.call(procedure, payload, { timeoutMs: CALL_TIMEOUT, ...options });
    } catch (error) {
      if (error instanceof LinkLostError) {
        session.close();
      }
      throw error;
    }
  }

  subscribe(topic: string, handler: (event: CallResult) => void): void {
    const handlers = this.#handlers.get(topic);
    if (handlers) {
      handlers.add(handler);
      return;
    }
    this.#handlers.set(topic, new Set([handler]));
    void this.resubscribe();
  }

  async resubscribe(): Promise<void> {
    const session = this.#session;
    if (session) {
      const missing = [...this.#handlers.keys()].filter((topic) => !this.#subscribed.has(topic));
      await Promise.all(missing.map((topic) => this.#subscribe(session, topic)));
    }
  }

  retry(): void {
    this.#wake();
    void this.#probe();
  }

  close(): void {
    this.#become({ kind: "closed" });
    this.#session?.close();
    this.#wake();
  }

  /** The life of the connection, until it is closed. */
  async run(): Promise<void> {
    let failures = 0;
    let refusals = 0;
    while (this.#isOpen()) {
      this.#become({ kind: "connecting" });
      const attempt = await this.#attempt();
      if (typeof attempt === "object") {
        const began = Date.now();
        await this.#live(attempt);
        refusals = 0;
        failures = Date.now() - began > STABLE_AFTER ? 0 : failures;
      } else {
        refusals = attempt === "refused" ? refusals + 1 : 0;
      }
      if (!this.#isOpen()) {
        return;
      }
      if (attempt === "removed" || refusals >= 2) {
        refusals = 0;
        this.#become({ kind: "removed" });
        await this.#pause();
      } else {
        const retryInMs = backoff(failures);
        failures += 1;
        this.#become({ kind: "offline", retryInMs });
        await this.#pause(retryInMs);
      }
    }
  }

  /** One attempt to seal a link and join the realm. */
  async #attempt(): Promise<Attempt> {
    const { host, secure, identity, openSocket = openWebSocket } = this.#options;
    let socket: SealedSocket | undefined;
    try {
      return await join({
        url: socketUrl(host, secure),
        realm: REALM,
        timeoutMs: ATTEMPT_TIMEOUT,
        auth: cryptosign(identity, () => handshakeHash(socket)),
        openSocket: (url, protocols) => {
          socket = new SealedSocket(url, protocols, this.#options, openSocket);
          return socket;
        },
      });
    } catch (error) {
      if (error instanceof WampError) {
        return REMOVED_REASONS.includes(error.uri) ? "removed" : "failed";
      }
      return socket?.outcome === "refused" ? "refused" : "failed";
    }
  }

  /** A joined session, from its first subscription to its end. */
  async #live(session: Session): Promise<void> {
    if (!this.#isOpen()) {
      session.close();
      return;
    }
    this.#session = session;
    this.#subscribed.clear();
    await this.resubscribe();
    if (this.#isOpen()) {
      this.#become({ kind: "online" });
    }
    const heartbeat = setInterval(() => void this.#probe(), HEARTBEAT);
    await session.closed;
    clearInterval(heartbeat);
    this.#session = undefined;
  }

  async #subscribe(session: Session, topic: string): Promise<void> {
    const deliver = (event: CallResult) => {
      for (const handler of this.#handlers.get(topic) ?? []) {
        handler(event);
      }
    };
    const isOver = () => session === this.#session && this.#subscribed.delete(topic);
    this.#subscribed.add(topic);
    try {
      await session.subscribe(topic, deliver, isOver);
    } catch (error) {
      isOver();
      if (error instanceof LinkLostError) {
        session.close();
      }
    }
  }

  /** Asks for a sign of life; `call` hangs up when there is none. */
  async #probe(): Promise<void> {
    await this.call(HEARTBEAT_PROCEDURE).catch(() => {});
  }

  /** Waits so long, or until {@link retry} or {@link close}; without a length only for those. */
  async #pause(ms?: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = () => {};
  }

  #isOpen(): boolean {
    return this.#state.kind !== "closed";
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      listener(state);
    }
  }
}

/** Doubling, capped, and up to a quarter shorter by chance so that devices do not return in step. */
function backoff(failures: number): number {
  const full = Math.min(BACKOFF.first * 2 ** failures, BACKOFF.longest);
  return Math.round(full * (1 - Math.random() / 4));
}

function handshakeHash(socket: SealedSocket | undefined): Uint8Array {
  if (!socket?.handshakeHash) {
    throw new Error("a challenge came before the link was sealed");
  }
  return socket.handshakeHash;
}
