/** The GPIO lines that this device may use, as they are. */

import {
  call,
  callLine,
  type GpioChange,
  type GpioSchedule,
  type GpioStatus,
  type GpioWindow,
  subscribeToLine,
} from "@deskconn/client";
import type { Desk } from "./desk.ts";
import { Feature } from "./feature.ts";
import { linesOf } from "./grants.ts";

/** All lines of the computer that this device may know of. */
export interface LineList {
  readonly available: boolean;
  readonly reason?: string;
  readonly lines: readonly GpioStatus[];
}

export class Lines {
  readonly list: Feature<LineList>;
  readonly #desk: Desk;
  readonly #followed = new Set<string>();
  readonly #stopWatching: () => void;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.list = new Feature(desk, {
      component: "gpio",
      isGranted: (grants) => linesOf(grants).length > 0,
      read: () => this.#read(),
    });
    // A line more or less is another list.
    let known = "";
    this.#stopWatching = desk.state.watch(() => {
      const granted = linesOf(desk.grants).join();
      const isOther = known !== "" && granted !== known;
      known = granted;
      if (isOther) {
        void this.list.refresh();
      }
    });
  }

  /** Switches an output. */
  async write(line: string, value: boolean): Promise<void> {
    await this.#change(line, () => callLine(this.#desk.connection, line, "write", { value }));
  }

  /** Switches an output on for so long. */
  async pulse(line: string, forMs: number): Promise<void> {
    await this.#change(line, () =>
      callLine(this.#desk.connection, line, "pulse", { for_ms: forMs }),
    );
  }

  /** When a line is on by itself, or `undefined` when the computer does not tell. */
  schedule(line: string): Promise<GpioSchedule | undefined> {
    return this.#desk.ask(() => callLine(this.#desk.connection, line, "schedule", {}));
  }

  /**
   * Sets when a line is on by itself.
   *
   * @param windows None: never by itself; `undefined`: as the computer's configuration says.
   * @returns whether the computer took it.
   */
  async setSchedule(line: string, windows: readonly GpioWindow[] | undefined): Promise<boolean> {
    const { connection } = this.#desk;
    const kwargs = windows ? { windows } : {};
    const set = await this.#desk.ask(() => callLine(connection, line, "set_schedule", kwargs));
    await this.list.refresh();
    return set !== undefined;
  }

  close(): void {
    this.#stopWatching();
    this.list.close();
  }

  async #change(line: string, request: () => Promise<GpioChange>): Promise<void> {
    const change = await this.#desk.ask(request);
    if (change) {
      this.#note(line, change);
    }
  }

  async #read(): Promise<LineList> {
    const granted = linesOf(this.#desk.grants);
    for (const line of granted.filter((name) => !this.#followed.has(name))) {
      this.#followed.add(line);
      subscribeToLine(this.#desk.connection, line, (change) => this.#heard(line, change));
    }
    const { lines } = await call(this.#desk.connection, "gpio.list");
    return { available: true, lines: lines.filter(({ name }) => granted.includes(name)) };
  }

  /** What a line's event tells; what comes next is not in it. */
  #heard(line: string, change: GpioChange): void {
    this.#note(line, change);
    if (change.by === "schedule") {
      void this.list.refresh();
    }
  }

  #note(line: string, { value, doing }: GpioChange): void {
    const { status } = this.list;
    const lines = status?.lines.map((before) => {
      const { doing: _, ...rest } = before;
      return before.name === line ? { ...rest, value, ...(doing && { doing }) } : before;
    });
    if (status && lines) {
      this.list.accept({ ...status, lines });
    }
  }
}
