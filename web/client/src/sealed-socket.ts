/**
 * A `WebSocket` whose messages travel through a sealed link (docs/protocol.md section 5).
 *
 * It looks like the browser's own class, so any WAMP library can speak over it: asked for
 * `wamp.2.json` it opens `deskconn.sealed.v1.json`, does the Noise handshake, and reports itself open
 * and speaking `wamp.2.json` once the daemon has proved its key.
 */

import { concat, parseUtf8, utf8 } from "./bytes.ts";
import type { Identity } from "./identity.ts";
import { NoiseInitiator, type NoiseLink } from "./noise.ts";
import { FrameOpener, FrameSealer, SealedLinkError } from "./sealed-frames.ts";

/** Both ends of a sealed link. */
export interface SealedPeers {
  readonly identity: Identity;
  /** The daemon, as known from pairing. */
  readonly daemon: { readonly id: string; readonly x25519: Uint8Array };
}

/** Makes the plain socket underneath; the browser's, unless a test brings another. */
export type OpenSocket = (url: string, protocols: string[]) => WebSocket;

/** A browser's WebSocket, opened. */
export const openWebSocket: OpenSocket = (url, protocols) => new WebSocket(url, protocols);

/**
 * How far the handshake got:
 *
 * - `waiting`: it has not finished, or the network failed first.
 * - `refused`: the other end took our first message and hung up. A daemon answers a key it does not
 *   know this way; a network that breaks at that moment looks the same, so ask twice.
 * - `done`: the link is sealed.
 */
export type HandshakeOutcome = "waiting" | "refused" | "done";

const INNER = "wamp.2.";
const OUTER = "deskconn.sealed.v1.";
/** Close code for a peer that broke the sealed link's rules (3000-4999 is free for applications). */
const BROKEN_LINK = 4002;

/** See the module's description. */
export class SealedSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  onopen: WebSocket["onopen"] = null;
  onmessage: WebSocket["onmessage"] = null;
  onerror: WebSocket["onerror"] = null;
  onclose: WebSocket["onclose"] = null;
  /** Binary messages are delivered as `ArrayBuffer` only. */
  binaryType: BinaryType = "arraybuffer";
  readonly extensions = "";

  readonly #socket: WebSocket;
  readonly #handshake: NoiseInitiator;
  #outcome: HandshakeOutcome = "waiting";
  #offered = false;
  #broken = false;
  #hash: Uint8Array | undefined;
  #sealer: FrameSealer | undefined;
  #opener: FrameOpener | undefined;

  /** @param protocols WAMP subprotocols, `wamp.2.json` and its like. */
  constructor(
    url: string,
    protocols: string[],
    { identity, daemon }: SealedPeers,
    open: OpenSocket = openWebSocket,
  ) {
    super();
    this.#handshake = new NoiseInitiator({
      prologue: concat(utf8("deskconn-wamp-v1"), utf8(daemon.id)),
      localStatic: identity.x25519,
      remoteStatic: daemon.x25519,
    });
    this.#socket = open(
      url,
      protocols.map((name) => name.replace(INNER, OUTER)),
    );
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#offer();
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onerror = () => this.#emit(new Event("error"));
    this.#socket.onclose = (event) => this.#close(event);
  }

  get url(): string {
    return this.#socket.url;
  }

  get protocol(): string {
    return this.#socket.protocol.replace(OUTER, INNER);
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get readyState(): WebSocket["readyState"] {
    const { readyState } = this.#socket;
    return readyState === this.OPEN && !this.#sealer ? this.CONNECTING : readyState;
  }

  /** How far the handshake got. */
  get outcome(): HandshakeOutcome {
    return this.#outcome;
  }

  /** The handshake hash, once the link is sealed: what cryptosign binds to. */
  get handshakeHash(): Uint8Array | undefined {
    return this.#hash;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (!this.#sealer) {
      throw new DOMException("the sealed link is not open yet", "InvalidStateError");
    }
    if (this.#socket.readyState !== this.OPEN) {
      return;
    }
    for (const frame of this.#sealer.seal(toBytes(data))) {
      this.#socket.send(frame as Uint8Array<ArrayBuffer>);
    }
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** Sends message 1 as soon as the plain socket is open. */
  #offer(): void {
    this.#offered = true;
    this.#socket.send(this.#handshake.writeMessage() as Uint8Array<ArrayBuffer>);
  }

  #receive(data: unknown): void {
    let event: Event | undefined;
    try {
      event = this.#unseal(data);
    } catch {
      // The peer is not who it should be, or does not follow the rules: nothing more is believed.
      this.#broken = true;
      this.#socket.onmessage = null;
      this.#socket.close(BROKEN_LINK, "sealed link broken");
      event = new Event("error");
    }
    if (event) {
      this.#emit(event);
    }
  }

  /** What a frame means to whoever uses this socket. @throws when the frame is not the daemon's. */
  #unseal(data: unknown): Event | undefined {
    if (!(data instanceof ArrayBuffer)) {
      throw new SealedLinkError("a frame of the sealed link is not binary");
    }
    const frame = new Uint8Array(data);
    if (!this.#opener) {
      return this.#establish(this.#handshake.readMessage(frame));
    }
    const message = this.#opener.open(frame);
    return message && new MessageEvent("message", { data: this.#decode(message) });
  }

  #establish({ send, receive, hash }: NoiseLink): Event {
    this.#sealer = new FrameSealer(send);
    this.#opener = new FrameOpener(receive);
    this.#hash = hash;
    this.#outcome = "done";
    return new Event("open");
  }

  /** JSON is text, the other serializers are binary, as on a plain WAMP WebSocket. */
  #decode(message: Uint8Array): string | ArrayBuffer {
    if (!this.protocol.endsWith(".json")) {
      return message.slice().buffer;
    }
    const text = parseUtf8(message);
    if (text === undefined) {
      throw new SealedLinkError("a message on the sealed link is not UTF-8");
    }
    return text;
  }

  #close({ code, reason, wasClean }: CloseEvent): void {
    if (this.#outcome === "waiting" && this.#offered && !this.#broken) {
      this.#outcome = "refused";
    }
    this.#emit(new SealedCloseEvent(code, reason, wasClean));
  }

  #emit(event: Event): void {
    const handler = this[`on${event.type as "open" | "message" | "error" | "close"}`];
    (handler as ((event: Event) => void) | null)?.call(this, event);
    this.dispatchEvent(event);
  }
}

/** Node has no CloseEvent before version 23. */
class SealedCloseEvent extends Event implements CloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(code: number, reason: string, wasClean: boolean) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

function toBytes(data: string | ArrayBufferLike | Blob | ArrayBufferView): Uint8Array {
  if (typeof data === "string") {
    return utf8(data);
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof Blob) {
    throw new TypeError("a Blob can not be sealed at once; send its bytes");
  }
  return new Uint8Array(data);
}
