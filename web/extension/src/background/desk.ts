/** The link to the computer: there while somebody needs it, and never longer. */

import {
  type CallResult,
  type Connection,
  type ConnectionState,
  connect,
  type Identity,
  LinkLostError,
  type OpenSocket,
  type Payload,
} from "@deskconn/client";
import type { Computer } from "../memory.ts";
import type { Blocked, PanelState } from "../protocol.ts";

/** Who may need the link: a film, for its lease; a popup, to show how things are. */
export type Need = "film" | "panel";

/** What a desk tells. */
export interface DeskEvents {
  joined(): void;
  lost(): void;
  changed(): void;
}

/** Close codes of a WebSocket: the TLS handshake failed (RFC 6455, section 7.4.1). */
const TLS_HANDSHAKE = 1015;

/**
 * Connects when the first need arises and hangs up after the last; the connection in between mends
 * itself and waits longer each time it fails, up to ten seconds (`connect` of `@deskconn/client`).
 */
export class Desk {
  readonly #events: DeskEvents;
  readonly #openSocket: OpenSocket;
  readonly #needs = new Set<Need>();
  #peers: { readonly computer: Computer; readonly identity: Identity } | undefined;
  #connection: Connection | undefined;
  #state: ConnectionState["kind"] = "closed";
  #blocked: Blocked | undefined;

  constructor(events: DeskEvents, openSocket: OpenSocket) {
    this.#events = events;
    this.#openSocket = openSocket;
  }

  get computer(): Computer | undefined {
    return this.#peers?.computer;
  }

  /** This browser's device id. */
  get device(): string | undefined {
    return this.#peers?.identity.id;
  }

  get link(): PanelState["link"] {
    if (!this.#peers) {
      return "unpaired";
    }
    return this.#state === "closed" ? "idle" : this.#state;
  }

  /** Why the browser lets no link come about, as far as a failed one has shown. */
  get blocked(): Blocked | undefined {
    return this.#blocked;
  }

  /** Talks to this computer from now on, or to none. */
  use(peers: { readonly computer: Computer; readonly identity: Identity } | undefined): void {
    this.#hangUp();
    this.#peers = peers;
    this.#settle();
    this.#events.changed();
  }

  /** Somebody needs the link, or does no longer. */
  need(who: Need, isNeeded: boolean): void {
    if (isNeeded) {
      this.#needs.add(who);
    } else {
      this.#needs.delete(who);
    }
    this.#settle();
  }

  /** @throws WampError when the answer is an ERROR; LinkLostError when there is no link or no answer. */
  call(procedure: string, payload?: Payload): Promise<CallResult> {
    if (!this.#connection) {
      return Promise.reject(new LinkLostError("there is no connection to the computer"));
    }
    return this.#connection.call(procedure, payload);
  }

  /** Tries again now. */
  retry(): void {
    this.#connection?.retry();
  }

  #settle(): void {
    if (this.#needs.size === 0) {
      this.#hangUp();
    } else if (this.#peers && !this.#connection) {
      this.#connect(this.#peers.computer, this.#peers.identity);
    }
  }

  #connect(computer: Computer, identity: Identity): void {
    const openSocket: OpenSocket = (url, protocols) => this.#open(url, protocols);
    const { host } = computer;
    const connection = connect({ host, identity, daemon: computer, openSocket });
    this.#connection = connection;
    connection.watch(({ kind }) => {
      // What a connection that was hung up still says is of no interest.
      if (this.#connection === connection) {
        this.#become(kind);
      }
    });
  }

  /** Opens a socket, and learns from its end whether the browser is what stands between. */
  #open(url: string, protocols: string[]): WebSocket {
    const socket = this.#openSocket(url, protocols);
    socket.addEventListener("close", ({ code }) => {
      if (code === TLS_HANDSHAKE) {
        this.#blocked = "upgraded";
      }
    });
    return socket;
  }

  #hangUp(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
    this.#become("closed");
  }

  #become(state: ConnectionState["kind"]): void {
    const was = this.#state;
    this.#state = state;
    if (state === "online") {
      this.#blocked = undefined;
      this.#events.joined();
    } else if (was === "online") {
      this.#events.lost();
    }
    if (state !== was) {
      this.#events.changed();
      void this.#askBrowser(state);
    }
  }

  /** Asks why no link came about: the browser may keep extensions from local networks. */
  async #askBrowser(state: ConnectionState["kind"]): Promise<void> {
    if (state === "offline" && this.#blocked === undefined && (await isKeptFromNetwork())) {
      this.#blocked = "local_network";
      this.#events.changed();
    }
  }
}

/** Permissions for networks of this machine, by the names that browsers give them or have given them. */
const NETWORKS = ["loopback-network", "local-network", "local-network-access"];

async function isKeptFromNetwork(): Promise<boolean> {
  const states = NETWORKS.map(async (name) => {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      return "unknown to this browser";
    }
  });
  return (await Promise.all(states)).includes("denied");
}
