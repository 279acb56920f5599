/** Keeping the computer's screen awake: wished for by a person, for as long as the page is connected. */

import { type Awake, call, subscribe } from "@deskconn/client";
import type { Desk } from "./desk.ts";
import { Feature } from "./feature.ts";
import { messages } from "./messages.ts";
import { Observable } from "./observable.ts";

export class KeepAwake {
  readonly status: Feature<Awake>;
  /** Whether somebody has asked for it here. */
  readonly isWanted = new Observable(false);
  readonly #desk: Desk;
  readonly #stopWatching: () => void;
  /** What the computer gave for it; it ends with the session. */
  #lease: number | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { connection } = desk;
    this.status = new Feature(desk, {
      component: "screen",
      isGranted: (grants) => grants.includes("screen.awake"),
      read: () => call(connection, "screen.awake.status"),
      follow: (handler) => subscribe(connection, "screen.awake.on_change", handler),
    });
    let link = desk.state.value.link;
    this.#stopWatching = desk.state.watch((state) => {
      const isBack = state.link === "online" && link !== "online";
      link = state.link;
      if (isBack && this.isWanted.value) {
        void this.#take();
      }
    });
  }

  /** Begins or ends it. */
  async set(isWanted: boolean): Promise<void> {
    this.isWanted.set(isWanted);
    if (isWanted) {
      await this.#take();
    } else if (this.#lease !== undefined) {
      const request = { lease: this.#lease };
      this.#lease = undefined;
      const { connection } = this.#desk;
      await this.#desk.ask(() => call(connection, "screen.awake.release", request), this.status);
    }
    await this.status.refresh();
  }

  close(): void {
    this.#stopWatching();
    this.status.close();
  }

  async #take(): Promise<void> {
    const { connection } = this.#desk;
    const request = { why: messages.product };
    const answer = await this.#desk.ask(
      () => call(connection, "screen.awake.keep", request),
      this.status,
    );
    this.#lease = answer?.lease;
    this.isWanted.set(answer !== undefined);
  }
}
