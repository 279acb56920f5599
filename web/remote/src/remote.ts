/** The page as a whole: which screen is shown, and what leads from one to the next. */

import {
  connect,
  type Identity,
  type OpenSocket,
  type PairedDaemon,
  type Pairing,
  parseFragment,
  type Store,
} from "@deskconn/client";
import { Desk } from "./desk.ts";
import { type Features, follow, leave } from "./features.ts";
import { messages } from "./messages.ts";
import { Observable } from "./observable.ts";
import { PairingDesk } from "./pairing-desk.ts";

/** What the page shows. */
export type Screen =
  | { readonly kind: "loading" }
  | {
      readonly kind: "pair";
      /** A computer is still known that can be gone back to. */
      readonly canGoBack: boolean;
    }
  | { readonly kind: "paired"; readonly pairing: Pairing; readonly forgetful: boolean }
  | {
      readonly kind: "desk";
      readonly computer: PairedDaemon;
      readonly device: Identity;
      readonly desk: Desk;
      readonly features: Features;
    };

/** What the page stands on. */
export interface RemoteOptions {
  readonly store: Store;
  /** `host:port` the page came from, which is the daemon's. */
  readonly host: string;
  readonly secure: boolean;
  readonly userAgent: string;
  readonly openSocket?: OpenSocket;
}

export class Remote {
  readonly screen = new Observable<Screen>({ kind: "loading" });
  readonly desk: PairingDesk;
  readonly #options: RemoteOptions;

  constructor(options: RemoteOptions) {
    const { store, ...place } = options;
    this.#options = options;
    this.desk = new PairingDesk({ ...place, identity: () => store.identity() });
  }

  /**
   * Shows the first screen: a pairing link pairs by itself, a known computer is connected to, and
   * without either the page asks for the code.
   *
   * @param fragment The fragment of the page's address.
   */
  async start(fragment: string): Promise<void> {
    if (await this.followLink(fragment)) {
      return;
    }
    const [computer] = await this.#options.store.daemons();
    if (computer) {
      await this.#enter(computer);
    } else {
      await this.pairAgain();
    }
  }

  /** Pairs by the link in a fragment, if it holds one. @returns whether it does. */
  async followLink(fragment: string): Promise<boolean> {
    const link = parseFragment(fragment);
    if (link) {
      await this.pairAgain();
      await this.#keep(await this.desk.withLink(link));
    }
    return link !== undefined;
  }

  /** Pairs with the code somebody typed. */
  async enterCode(typed: string): Promise<void> {
    await this.#keep(await this.desk.withCode(typed));
  }

  /** Tries the link again that failed. */
  async retryLink(): Promise<void> {
    await this.#keep(await this.desk.again());
  }

  /** From the verifier words to the desk. */
  async acceptWords(): Promise<void> {
    const screen = this.screen.value;
    if (screen.kind === "paired") {
      await this.#enter(screen.pairing.daemon);
    }
  }

  /** The computer showed other words: whoever this was is not trusted. */
  async rejectWords(): Promise<void> {
    const screen = this.screen.value;
    if (screen.kind === "paired") {
      await this.#options.store.forget(screen.pairing.daemon.id);
      await this.pairAgain();
      this.desk.reset(messages.paired.differed);
    }
  }

  /** Forgets the computer, and is forgotten by it if it can be reached. */
  async forget(): Promise<void> {
    const screen = this.screen.value;
    if (screen.kind === "desk") {
      await screen.desk.unpair();
      await this.#options.store.forget(screen.computer.id);
      await this.pairAgain();
    }
  }

  /** Shows the pairing screen. */
  async pairAgain(): Promise<void> {
    this.#leave();
    this.desk.reset();
    const known = await this.#options.store.daemons();
    this.screen.set({ kind: "pair", canGoBack: known.length > 0 });
  }

  /** Remembers a new computer; it is the only one at this address, so others are forgotten. */
  async #keep(pairing: Pairing | undefined): Promise<void> {
    if (!pairing) {
      return;
    }
    const { store } = this.#options;
    await store.save(pairing.daemon);
    for (const { id } of await store.daemons()) {
      if (id !== pairing.daemon.id) {
        await store.forget(id);
      }
    }
    this.screen.set({ kind: "paired", pairing, forgetful: !store.persistent });
  }

  async #enter(computer: PairedDaemon): Promise<void> {
    const { store, host, secure, openSocket } = this.#options;
    const device = await store.identity();
    const connection = connect({
      host,
      secure,
      identity: device,
      daemon: computer,
      ...(openSocket && { openSocket }),
    });
    const desk = new Desk(connection, computer.grants);
    let { grants } = desk;
    desk.state.watch(() => {
      if (desk.grants !== grants) {
        ({ grants } = desk);
        void store.save({ ...computer, grants });
      }
    });
    this.screen.set({ kind: "desk", computer, device, desk, features: follow(desk) });
  }

  #leave(): void {
    const screen = this.screen.value;
    if (screen.kind === "desk") {
      leave(screen.features);
      screen.desk.close();
    }
  }
}
