/** The stopwatch that the computer keeps for all its remotes. */

import { type Availability, call, subscribe } from "@deskconn/client";
import type { Desk } from "./desk.ts";
import { Feature } from "./feature.ts";

/** What can be done to a timer. */
export type TimerAction = "start" | "pause" | "reset" | "mark";

/** What the computer's stopwatch shows, and when this page heard of it. */
export interface SharedStatus extends Availability {
  readonly running: boolean;
  readonly elapsed_ms: number;
  readonly marks_ms: readonly number[];
  /** By the clock of this device, in milliseconds. */
  readonly heard: number;
}

export class SharedTimer {
  readonly status: Feature<SharedStatus>;
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { connection } = desk;
    this.status = new Feature(desk, {
      component: "slides",
      isGranted: (grants) => grants.includes("slides"),
      read: async () => heardNow(await call(connection, "slides.timer.status")),
      follow: (handler) =>
        subscribe(connection, "slides.timer.on_change", (status) => handler(heardNow(status))),
    });
  }

  /** Does something to it, for every remote. */
  async act(action: TimerAction): Promise<void> {
    const { connection } = this.#desk;
    const answer = await this.#desk.ask(() => call(connection, `slides.timer.${action}`));
    if (answer) {
      this.status.accept(heardNow(answer));
    }
  }

  close(): void {
    this.status.close();
  }
}

function heardNow(status: Omit<SharedStatus, "available" | "heard">): SharedStatus {
  return { ...status, available: true, heard: Date.now() };
}
