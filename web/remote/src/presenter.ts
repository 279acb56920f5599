/** Presenting: whether slides can be turned, for which viewer, and the turning. */

import { call, type SlidesStatus, WampError } from "@deskconn/client";
import { type Action, isAction } from "./actions.ts";
import type { Desk } from "./desk.ts";
import { Feature } from "./feature.ts";
import { Observable } from "./observable.ts";

/** A program that shows slides, whose keys the computer knows. */
export interface Viewer {
  readonly name: string;
  readonly title: string;
  readonly actions: readonly Action[];
}

/** The viewers there are and the one in use, as far as the computer tells. */
export interface Viewers {
  readonly current: Viewer | undefined;
  readonly all: readonly Viewer[];
}

export class Presenter {
  readonly slides: Feature<SlidesStatus>;
  readonly viewers = new Observable<Viewers>({ current: undefined, all: [] });
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.slides = new Feature(desk, {
      component: "slides",
      isGranted: (grants) => grants.includes("slides"),
      read: () => this.#read(),
    });
  }

  /** Does something to the presentation, now or not at all. */
  async press(action: Action): Promise<void> {
    const { connection } = this.#desk;
    await this.#desk.ask(() => call(connection, `slides.${action}`), this.slides);
  }

  /** Has the keys of another viewer pressed from now on. */
  async choose(viewer: string): Promise<void> {
    const { connection } = this.#desk;
    await this.#desk.ask(() => call(connection, "slides.set_profile", { profile: viewer }));
    await this.slides.refresh();
  }

  /** Whether the viewer in use has an action; a computer that does not tell may have any. */
  offers(action: Action): boolean {
    return this.viewers.value.current?.actions.includes(action) ?? true;
  }

  close(): void {
    this.slides.close();
  }

  async #read(): Promise<SlidesStatus> {
    const status = await call(this.#desk.connection, "slides.status");
    if (status.available) {
      this.viewers.set(await this.#readViewers());
    }
    return status;
  }

  async #readViewers(): Promise<Viewers> {
    try {
      const { current, profiles } = await call(this.#desk.connection, "slides.profiles");
      const all = (profiles ?? []).map(({ name, title, actions }) => ({
        name,
        title,
        actions: actions.filter(isAction),
      }));
      return { current: all.find(({ name }) => name === current), all };
    } catch (error) {
      if (error instanceof WampError) {
        return { current: undefined, all: [] };
      }
      throw error;
    }
  }
}
