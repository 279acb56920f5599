/** The computer's pointer and keyboard: moves are added up while one is under way, the rest waits its turn. */

import { call, type InputStatus } from "@deskconn/client";
import type { Desk } from "./desk.ts";
import type { Feature } from "./feature.ts";
import type { Gesture } from "./touchpad.ts";

type Input = Feature<InputStatus>;

/** The most requests that wait; further ones are left out, for they would come too late. */
const QUEUE = 32;

export class Pointer {
  readonly #desk: Desk;
  readonly #input: Input;
  readonly #queue: (() => Promise<unknown>)[] = [];
  #move = { dx: 0, dy: 0 };
  #isBusy = false;

  constructor(desk: Desk, input: Input) {
    this.#desk = desk;
    this.#input = input;
  }

  /** Does what fingers mean. */
  act(gesture: Gesture): void {
    const { connection } = this.#desk;
    switch (gesture.kind) {
      case "move":
        this.#move.dx += gesture.dx;
        this.#move.dy += gesture.dy;
        void this.#work();
        return;
      case "scroll":
        this.#add(() => call(connection, "input.scroll", { dx: gesture.dx, dy: gesture.dy }));
        return;
      case "click":
        this.button(gesture.button, "click");
    }
  }

  /** Works a button of the mouse. */
  button(button: "left" | "right", action: "click" | "press" | "release"): void {
    this.#add(() => call(this.#desk.connection, "input.button", { button, action }));
  }

  /** Presses a key and lets it go. */
  key(key: string): void {
    this.#add(() => call(this.#desk.connection, "input.key", { key }));
  }

  /** Types a text. */
  type(text: string): void {
    this.#add(() => call(this.#desk.connection, "input.type", { text }));
  }

  #add(request: () => Promise<unknown>): void {
    if (this.#queue.length < QUEUE) {
      this.#queue.push(request);
      void this.#work();
    }
  }

  /** One request at a time, in order; a move goes before what was asked for after it. */
  async #work(): Promise<void> {
    if (this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        const isDone = await this.#desk.ask(next, this.#input);
        if (isDone === undefined) {
          // What was meant to follow makes no sense any more.
          this.#queue.length = 0;
          this.#move = { dx: 0, dy: 0 };
        }
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #next(): (() => Promise<unknown>) | undefined {
    const { dx, dy } = this.#move;
    if (dx !== 0 || dy !== 0) {
      this.#move = { dx: 0, dy: 0 };
      return () => call(this.#desk.connection, "input.move", { dx, dy });
    }
    return this.#queue.shift();
  }
}
