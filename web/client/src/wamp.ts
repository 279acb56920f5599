/** A WAMP session: the wampy library behind the few calls DeskConn programs need, with typed errors. */

import { Wampy } from "wampy";
import { parseObject } from "./bytes.ts";

/** Positional and keyword arguments of a call, a result or an event. */
export interface Payload {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** What a call answered, or what an event carries; absent parts are empty. */
export interface CallResult {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A joined session. It ends once and is not revived; join again for a new one. */
export interface Session {
  /**
   * Calls a procedure.
   *
   * @throws WampError when the router or the callee answered with an ERROR.
   * @throws LinkLostError when no answer came: whether the call had an effect is unknown.
   */
  call(procedure: string, payload?: Payload, options?: CallOptions): Promise<CallResult>;
  /** Subscribes to a topic for as long as the session lives. @throws like {@link call}. */
  subscribe(topic: string, handler: (event: CallResult) => void): Promise<void>;
  /** Says goodbye and closes the link. */
  close(): void;
  /** Settles when the session has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

/** How a call is made. */
export interface CallOptions {
  /** How long to wait for the answer, in milliseconds. */
  readonly timeoutMs?: number;
}

/** How to authenticate; without it a session joins anonymously. */
export interface Auth {
  readonly method: string;
  readonly authid: string;
  readonly extra: Record<string, unknown>;
  /** The signature for the details of a CHALLENGE. Throwing refuses the challenge. */
  sign(challenge: Readonly<Record<string, unknown>>): string;
}

/** What to join, and over what. */
export interface JoinOptions {
  readonly url: string;
  readonly realm: string;
  readonly auth?: Auth;
  /** How long joining may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** Opens the socket WAMP is spoken over. */
  readonly openSocket: (url: string, protocols: string[]) => WebSocket;
}

/** The router or a callee said no: an ERROR or an ABORT. */
export class WampError extends Error {
  override readonly name = "WampError";
  /** The error URI. */
  readonly uri: string;
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(uri: string, message: string, kwargs: Readonly<Record<string, unknown>> = {}) {
    super(message || uri);
    this.uri = uri;
    this.kwargs = kwargs;
  }

  /** What the peer advises to do about it. */
  get hint(): string | undefined {
    return typeof this.kwargs.hint === "string" ? this.kwargs.hint : undefined;
  }
}

/** The link ended, or stayed silent for too long, before the answer came. */
export class LinkLostError extends Error {
  override readonly name = "LinkLostError";
}

/** How long joining waits unless it is told otherwise, in milliseconds. */
const JOIN_TIMEOUT = 10_000;
/** How long a call waits for its answer unless it says otherwise, in milliseconds. */
const CALL_TIMEOUT = 10_000;

/**
 * Opens a socket and joins a realm.
 *
 * @throws WampError when the router refuses the session.
 * @throws LinkLostError when the socket does not open or closes first.
 */
export async function join(options: JoinOptions): Promise<Session> {
  const { url, realm, auth, openSocket, timeoutMs = JOIN_TIMEOUT } = options;
  let socket: WebSocket | undefined;
  let end = () => {};
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const wampy = new Wampy(url, {
    realm,
    autoReconnect: false,
    // wampy asks for a class; a function that returns an object serves `new` as well.
    ws: function open(socketUrl: string, protocols: string[] = []) {
      socket = openSocket(socketUrl, protocols);
      return socket;
    } as never,
    onClose: () => end(),
    ...(auth && {
      authid: auth.authid,
      authmethods: [auth.method],
      authextra: auth.extra,
      onChallenge: (method: string, extra: Record<string, unknown>) => {
        if (method !== auth.method) {
          throw new Error(`the router chose the authentication method ${method}`);
        }
        return auth.sign(extra);
      },
    }),
  });
  try {
    // A socket that closes before WELCOME leaves wampy's own promise pending for ever.
    await beforeEnd(wampy.connect(), closed, timeoutMs);
  } catch (cause) {
    socket?.close();
    throw translate(cause);
  }
  const hangUp = () => {
    socket?.close();
    // A dead network never answers the closing handshake; the session is over all the same.
    end();
  };
  return new WampySession(wampy, closed, hangUp);
}

/** A {@link Session} over wampy. */
class WampySession implements Session {
  readonly closed: Promise<void>;
  readonly #wampy: Wampy;
  readonly #hangUp: () => void;
  #isClosed = false;

  constructor(wampy: Wampy, closed: Promise<void>, hangUp: () => void) {
    this.#wampy = wampy;
    this.#hangUp = hangUp;
    this.closed = closed.then(() => {
      this.#isClosed = true;
    });
  }

  async call(procedure: string, payload: Payload = {}, options: CallOptions = {}) {
    const { args = [], kwargs = {} } = payload;
    const answer = await this.#answer(
      () => this.#wampy.call(procedure, { argsList: [...args], argsDict: { ...kwargs } }),
      options.timeoutMs,
    );
    return readPayload(answer);
  }

  async subscribe(topic: string, handler: (event: CallResult) => void): Promise<void> {
    await this.#answer(() => this.#wampy.subscribe(topic, (event) => handler(readPayload(event))));
  }

  close(): void {
    if (!this.#isClosed) {
      // The GOODBYE goes out at once; its answer is not worth waiting for.
      this.#wampy.disconnect().catch(() => {});
      this.#hangUp();
    }
  }

  async #answer<T>(send: () => Promise<T>, timeoutMs = CALL_TIMEOUT): Promise<T> {
    if (this.#isClosed) {
      throw new LinkLostError("the session has ended");
    }
    try {
      return await beforeEnd(send(), this.closed, timeoutMs);
    } catch (cause) {
      throw translate(cause);
    }
  }
}

/** Waits for `answer`, but not beyond the end of the link and no longer than `timeoutMs`. */
async function beforeEnd<T>(answer: Promise<T>, end: Promise<void>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LinkLostError("no answer came in time")), timeoutMs);
    void end.then(() => reject(new LinkLostError("the connection closed")));
  });
  try {
    return await Promise.race([answer, ended]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error a DeskConn program sees for one of wampy's. */
function translate(cause: unknown): Error {
  if (cause instanceof LinkLostError) {
    return cause;
  }
  const fields = parseObject(cause) ?? {};
  if (typeof fields.errorUri === "string") {
    const [first] = Array.isArray(fields.argsList) ? fields.argsList : [];
    const message = first ?? parseObject(fields.details)?.message;
    return new WampError(
      fields.errorUri,
      typeof message === "string" ? message : "",
      parseObject(fields.argsDict),
    );
  }
  return new LinkLostError("the connection to the computer broke", { cause });
}

function readPayload(from: { argsList?: unknown; argsDict?: unknown }): CallResult {
  return {
    args: Array.isArray(from.argsList) ? from.argsList : [],
    kwargs: parseObject(from.argsDict) ?? {},
  };
}
