/** A joined WAMP session: requests, and what comes without being asked for. */

import { parseObject } from "../bytes.ts";
import { LinkLostError, readError, WampError } from "./errors.ts";
import { Code, type Message, readMessage, sendMessage } from "./messages.ts";
import { type CallResult, type Payload, readPayload, writePayload } from "./payload.ts";

/** A joined session. It ends once and is not revived; join again for a new one. */
export interface Session {
  /**
   * Calls a procedure.
   *
   * @throws WampError when the router or the callee answered with an ERROR.
   * @throws LinkLostError when no answer came: whether the call had an effect is unknown.
   */
  call(procedure: string, payload?: Payload, options?: CallOptions): Promise<CallResult>;
  /**
   * Subscribes to a topic for as long as the session lives, or until the router takes it back.
   *
   * @param onRevoked Called when the router ends the subscription: this client may not any more.
   * @throws like {@link call}.
   */
  subscribe(
    topic: string,
    handler: (event: CallResult) => void,
    onRevoked?: () => void,
  ): Promise<void>;
  /** Publishes an event, and waits until the router has it. @throws like {@link call}. */
  publish(topic: string, payload?: Payload): Promise<void>;
  /**
   * Serves a procedure for as long as the session lives. What `handler` throws is answered as an
   * ERROR: a {@link WampError} as it is, anything else as `wamp.error.runtime_error`.
   *
   * @throws like {@link call}.
   */
  register(
    procedure: string,
    handler: (call: CallResult) => Payload | Promise<Payload>,
  ): Promise<void>;
  /** Says goodbye and closes the link. */
  close(): void;
  /** Settles when the session has ended, whoever ended it. */
  readonly closed: Promise<void>;
}

/** How a call is made. */
export interface CallOptions {
  /** How long to wait for the answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** Called with every part of a result that comes in parts, before the last of them. */
  readonly onProgress?: (part: CallResult) => void;
}

/** A request that waits for its answer. */
interface Request {
  readonly settle: (answer: Message) => void;
  readonly fail: (error: Error) => void;
  readonly onProgress: ((part: CallResult) => void) | undefined;
}

interface Subscription {
  readonly handler: (event: CallResult) => void;
  readonly onRevoked: (() => void) | undefined;
}

/** How long a request waits for its answer unless it says otherwise, in milliseconds. */
const TIMEOUT = 10_000;

/** A {@link Session} over a socket whose WELCOME was just received. */
export class SocketSession implements Session {
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #requests = new Map<unknown, Request>();
  readonly #subscriptions = new Map<unknown, Subscription[]>();
  readonly #procedures = new Map<unknown, (call: CallResult) => Payload | Promise<Payload>>();
  #lastId = 0;
  #isClosed = false;
  #end: () => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.onmessage = ({ data }) => this.#receive(readMessage(data));
    socket.onclose = () => this.#hangUp();
  }

  async call(procedure: string, payload: Payload = {}, options: CallOptions = {}) {
    const { timeoutMs, onProgress } = options;
    const details = onProgress ? { receive_progress: true } : {};
    const ask = [details, procedure, ...writePayload(payload)];
    const [, , , args, kwargs] = await this.#request(Code.call, ask, timeoutMs, onProgress);
    return readPayload(args, kwargs);
  }

  async subscribe(
    topic: string,
    handler: (event: CallResult) => void,
    onRevoked?: () => void,
  ): Promise<void> {
    const subscription = { handler, onRevoked };
    const note = ([, , id]: Message) => {
      // Here and not after `await`: the first event may come in the next message.
      this.#subscriptions.set(id, [...(this.#subscriptions.get(id) ?? []), subscription]);
    };
    await this.#request(Code.subscribe, [{}, topic], TIMEOUT, undefined, note);
  }

  async publish(topic: string, payload: Payload = {}): Promise<void> {
    await this.#request(Code.publish, [{ acknowledge: true }, topic, ...writePayload(payload)]);
  }

  async register(
    procedure: string,
    handler: (call: CallResult) => Payload | Promise<Payload>,
  ): Promise<void> {
    const note = ([, , id]: Message) => this.#procedures.set(id, handler);
    await this.#request(Code.register, [{}, procedure], TIMEOUT, undefined, note);
  }

  close(): void {
    if (!this.#isClosed) {
      // The GOODBYE goes out at once; its answer is not worth waiting for.
      this.#send([Code.goodbye, {}, "wamp.close.close_realm"]);
      this.#hangUp();
    }
  }

  /** Sends a request and waits for its answer, which `note` sees before anything that comes later. */
  async #request(
    code: number,
    fields: readonly unknown[],
    timeoutMs = TIMEOUT,
    onProgress?: (part: CallResult) => void,
    note?: (answer: Message) => void,
  ): Promise<Message> {
    if (this.#isClosed) {
      throw new LinkLostError("the session has ended");
    }
    this.#lastId += 1;
    const id = this.#lastId;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<Message>((resolve, reject) => {
        timer = setTimeout(() => reject(new LinkLostError("no answer came in time")), timeoutMs);
        const settle = (answer: Message) => {
          note?.(answer);
          resolve(answer);
        };
        this.#requests.set(id, { settle, fail: reject, onProgress });
        this.#send([code, id, ...fields]);
      });
    } finally {
      clearTimeout(timer);
      this.#requests.delete(id);
    }
  }

  #receive(message: Message | undefined): void {
    const [code, first, second, third, fourth, fifth] = message ?? [];
    switch (code) {
      case Code.result:
        if (parseObject(second)?.progress === true) {
          this.#requests.get(first)?.onProgress?.(readPayload(third, fourth));
          return;
        }
        this.#requests.get(first)?.settle(message as Message);
        return;
      case Code.published:
      case Code.subscribed:
      case Code.registered:
        this.#requests.get(first)?.settle(message as Message);
        return;
      case Code.error:
        this.#requests.get(second)?.fail(readError(fourth, third, fifth, message?.[6]));
        return;
      case Code.event:
        for (const { handler } of this.#subscriptions.get(first) ?? []) {
          handler(readPayload(fourth, fifth));
        }
        return;
      case Code.unsubscribed:
        // Only ever unasked: "Subscription Revocation" of the spec.
        this.#revoke(parseObject(second)?.subscription);
        return;
      case Code.unregistered:
        this.#procedures.delete(parseObject(second)?.registration);
        return;
      case Code.invocation:
        void this.#serve(first, second, readPayload(fourth, fifth));
        return;
      case Code.goodbye:
        this.#send([Code.goodbye, {}, "wamp.close.goodbye_and_out"]);
        this.#hangUp();
        return;
      default:
        // An ABORT, or nothing that a router says in a session.
        this.#hangUp();
    }
  }

  #revoke(id: unknown): void {
    const subscriptions = this.#subscriptions.get(id) ?? [];
    this.#subscriptions.delete(id);
    for (const { onRevoked } of subscriptions) {
      onRevoked?.();
    }
  }

  async #serve(invocation: unknown, registration: unknown, call: CallResult): Promise<void> {
    try {
      const answer = await this.#procedures.get(registration)?.(call);
      this.#send([Code.yield, invocation, {}, ...writePayload(answer ?? {})]);
    } catch (cause) {
      const { uri, message, kwargs } =
        cause instanceof WampError
          ? cause
          : new WampError("wamp.error.runtime_error", "the procedure failed");
      this.#send([Code.error, Code.invocation, invocation, {}, uri, [message], kwargs]);
    }
  }

  #send(message: Message): void {
    sendMessage(this.#socket, message);
  }

  /** Ends the session; a dead network never answers the closing handshake, and is not waited for. */
  #hangUp(): void {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#socket.onmessage = null;
    this.#socket.close();
    for (const { fail } of this.#requests.values()) {
      fail(new LinkLostError("the connection closed"));
    }
    this.#end();
  }
}
