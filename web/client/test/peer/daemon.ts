/**
 * A stand-in for the daemon, for tests only: the pairing realm, the sealed link, the slides.
 *
 * It speaks JSON, keeps nothing on disk and knows no limits, so it shows that the client follows the
 * protocol and nothing more.
 */

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ed25519 } from "@noble/curves/ed25519.js";
import { type WebSocket, WebSocketServer } from "ws";
import { concat, hex, parseHex, parseUtf8, randomBytes, utf8, xor } from "../../src/bytes.ts";
import { generateIdentity } from "../../src/identity.ts";
import type { PeerCredential } from "../../src/pairing/credential.ts";
import { FrameOpener, FrameSealer } from "../../src/sealed-frames.ts";
import { NoiseResponder } from "./noise-responder.ts";
import { PairingHost } from "./pairing-host.ts";
import { Refusal } from "./refusal.ts";
import { type RealmRules, WampPeer } from "./wamp-peer.ts";

export { Refusal };

const ME = "org.deskconn.daemon.me";
const ON_ME_CHANGED = "org.deskconn.daemon.on_me_changed";
const PLAIN = "wamp.2.json";
const SEALED = "deskconn.sealed.v1.json";

/** A call a paired device made. */
export interface SeenCall {
  readonly procedure: string;
  readonly kwargs: Record<string, unknown>;
}

export class TestDaemon {
  readonly identity = generateIdentity();
  /** Every call of every paired device, in order. */
  readonly calls: SeenCall[] = [];
  /** Procedures of the realm `deskconn`; what is not here is `no_such_procedure`. */
  readonly procedures = new Map<
    string,
    (kwargs: Record<string, unknown>) => Record<string, unknown>
  >();
  /** What every device may do, as they are told; nothing is refused because of it. */
  grants: readonly string[] = ["slides", "status"];
  readonly pairing: PairingHost;
  /** Topics that no device may subscribe to. */
  readonly forbidden = new Set<string>();
  /** Set to leave every call unanswered, as a dead network would. */
  mute = false;
  readonly #devices = new Map<string, PeerCredential>();
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();
  readonly #peers = new Set<WampPeer>();

  private constructor(name: string, serve: RequestListener) {
    this.pairing = new PairingHost(this.identity, name, (device, id) =>
      this.#devices.set(id, device),
    );
    this.#server = createServer(serve);
    const sockets = new WebSocketServer({
      server: this.#server,
      path: "/ws",
      handleProtocols: (offered) => [SEALED, PLAIN].find((name) => offered.has(name)) ?? false,
    });
    sockets.on("connection", (socket) => this.#accept(socket));
  }

  /** Starts a daemon on a free port of loopback. */
  static async start(
    name = "study-laptop",
    serve: RequestListener = (_, response) => response.writeHead(404).end(),
    port = 0,
  ): Promise<TestDaemon> {
    const daemon = new TestDaemon(name, serve);
    await new Promise<void>((resolve) => daemon.#server.listen(port, "127.0.0.1", resolve));
    return daemon;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The ids of the paired devices. */
  get devices(): string[] {
    return [...this.#devices.keys()];
  }

  /** What a paired device called itself. */
  device(id: string): PeerCredential | undefined {
    return this.#devices.get(id);
  }

  /** Forgets every device and hangs up. */
  unpairAll(): void {
    this.#devices.clear();
    this.hangUp();
  }

  /** Drops every connection, without a word. */
  hangUp(): void {
    for (const socket of this.#sockets) {
      socket.terminate();
    }
  }

  publish(topic: string, kwargs: Record<string, unknown>): void {
    for (const peer of this.#peers) {
      peer.publish(topic, kwargs);
    }
  }

  /** Changes what every device may do, and tells them. */
  regrant(...grants: string[]): void {
    this.grants = grants;
    for (const id of this.devices) {
      this.publish(ON_ME_CHANGED, this.#describe(id));
    }
  }

  /** Forbids a topic to those who are subscribed to it, too. */
  revoke(topic: string): void {
    this.forbidden.add(topic);
    for (const peer of this.#peers) {
      peer.revoke(topic);
    }
  }

  async stop(): Promise<void> {
    this.hangUp();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    if (socket.protocol === SEALED) {
      socket.once("message", (first: Buffer) => this.#seal(socket, new Uint8Array(first)));
    } else {
      const peer = new WampPeer(this.#pairingRealm(), (text) => socket.send(text));
      socket.on("message", (data) => peer.receive(String(data)));
    }
  }

  #seal(socket: WebSocket, first: Uint8Array): void {
    const responder = new NoiseResponder({
      prologue: concat(utf8("deskconn-wamp-v1"), utf8(this.identity.id)),
      localStatic: this.identity.x25519,
    });
    const device = this.#deviceOf(responder, first);
    if (!device) {
      socket.close(1008);
      return;
    }
    const { message, link } = responder.writeMessage();
    const opener = new FrameOpener(link.receive);
    const sealer = new FrameSealer(link.send);
    const peer = new WampPeer(this.#deviceRealm(device, link.hash), (text) => {
      for (const frame of sealer.seal(utf8(text))) {
        socket.send(frame);
      }
    });
    this.#peers.add(peer);
    socket.on("close", () => this.#peers.delete(peer));
    socket.on("message", (data: Buffer) => {
      const inner = opener.open(new Uint8Array(data));
      if (inner && !this.mute) {
        peer.receive(parseUtf8(inner) as string);
      }
    });
    socket.send(message);
  }

  #deviceOf(responder: NoiseResponder, first: Uint8Array): [string, PeerCredential] | undefined {
    try {
      const key = hex(responder.readMessage(first));
      return [...this.#devices].find(([, device]) => hex(device.x25519) === key);
    } catch {
      return undefined;
    }
  }

  #pairingRealm(): RealmRules {
    return {
      realm: "deskconn.pairing",
      call: (procedure, kwargs) => {
        if (procedure === "org.deskconn.pairing.begin") {
          return this.pairing.begin(kwargs);
        }
        if (procedure === "org.deskconn.pairing.confirm") {
          return this.pairing.confirm(kwargs);
        }
        throw new Refusal("wamp.error.no_such_procedure", procedure);
      },
    };
  }

  /** A device as it is told of itself. */
  #describe(id: string): Record<string, unknown> {
    const { name, platform, model } = this.#devices.get(id) ?? {};
    const grants = this.grants;
    return { id, name, platform, model, kind: "web", grants, paired_at: 0 };
  }

  #deviceRealm([id, device]: [string, PeerCredential], hash: Uint8Array): RealmRules {
    const challenge = randomBytes(32);
    return {
      realm: "deskconn",
      challenge: ({ authid }) => {
        if (authid !== id) {
          throw new Refusal("wamp.error.no_such_principal", "who?");
        }
        return { challenge: hex(challenge), channel_binding: "x-noise-h" };
      },
      verify: (answer) => {
        const bound = xor(challenge, hash);
        const signature = parseHex(answer.slice(0, 128), 64) as Uint8Array;
        return answer.slice(128) === hex(bound) && ed25519.verify(signature, bound, device.ed25519);
      },
      maySubscribe: (topic) => !this.forbidden.has(topic),
      call: (procedure, kwargs) => {
        if (procedure === ME) {
          return this.#describe(id);
        }
        this.calls.push({ procedure, kwargs });
        const answer = this.procedures.get(procedure);
        if (!answer) {
          throw new Refusal("wamp.error.no_such_procedure", procedure);
        }
        return answer(kwargs);
      },
    };
  }
}
