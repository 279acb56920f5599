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
import { Obstacles } from "./obstacles.ts";

/** Who may need the link: a film, for its lease; a popup, to show how things are. */
export type Need = "film" | "panel";

/** What a desk tells. */
export interface DeskEvents {
  joined(): void;
  lost(): void;
  changed(): void;
}

/**
 * Connects when the first need arises and hangs up after the last; the connection in between mends
 * itself and waits longer each time it fails, up to ten seconds (`connect` of `@deskconn/client`).
 */
export class Desk {
  readonly #events: DeskEvents;
  readonly #obstacles: Obstacles;
  readonly #needs = new Set<Need>();
  #peers: { readonly computer: Computer; readonly identity: Identity } | undefined;
  #connection: Connection | undefined;
  #state: ConnectionState["kind"] = "closed";
  #blocked: Blocked | undefined;

  constructor(events: DeskEvents, openSocket: OpenSocket) {
    this.#events = events;
    this.#obstacles = new Obstacles(openSocket);
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
    const { host } = computer;
    const { openSocket } = this.#obstacles;
    const connection = connect({ host, identity, daemon: computer, openSocket });
    this.#connection = connection;
    connection.watch(({ kind }) => {
      // What a connection that was hung up still says is of no interest.
      if (this.#connection === connection) {
        this.#become(kind);
      }
    });
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
    }
    if (state === "offline") {
      void this.#lookForObstacles();
    }
  }

  /** Finds out whether it is the browser that lets no link come about. */
  async #lookForObstacles(): Promise<void> {
    const blocked = await this.#obstacles.find();
    if (this.#state === "offline" && blocked !== this.#blocked) {
      this.#blocked = blocked;
      this.#events.changed();
    }
  }
}
