/** Everything of the computer that the page can follow and work. */

import {
  type Brightness,
  call,
  type Host,
  type InputStatus,
  type Lock,
  type Media,
  subscribe,
  type Volume,
} from "@deskconn/client";
import type { Desk } from "./desk.ts";
import { Feature } from "./feature.ts";
import { KeepAwake } from "./keep-awake.ts";
import { Lines } from "./lines.ts";
import { Presenter } from "./presenter.ts";
import { SharedTimer } from "./shared-timer.ts";

/** The components, each followed while this device may use it. */
export interface Features {
  readonly presenter: Presenter;
  readonly timer: SharedTimer;
  readonly brightness: Feature<Brightness>;
  readonly lock: Feature<Lock>;
  readonly awake: KeepAwake;
  readonly media: Feature<Media>;
  readonly volume: Feature<Volume>;
  readonly input: Feature<InputStatus>;
  readonly host: Feature<Host>;
  readonly lines: Lines;
}

/** Follows the components of a computer. */
export function follow(desk: Desk): Features {
  const { connection } = desk;
  const granted = (grant: string) => (grants: readonly string[]) => grants.includes(grant);
  const host: Feature<Host> = new Feature(desk, {
    component: "host",
    isGranted: granted("host"),
    read: () => call(connection, "host.status"),
    follow: (handler) =>
      subscribe(connection, "host.on_battery", (battery) => {
        if (host.status) {
          handler({ ...host.status, battery });
        }
      }),
  });
  return {
    presenter: new Presenter(desk),
    timer: new SharedTimer(desk),
    brightness: new Feature(desk, {
      component: "screen",
      isGranted: granted("screen.brightness"),
      read: () => call(connection, "screen.brightness.status"),
      follow: (handler) => subscribe(connection, "screen.brightness.on_change", handler),
    }),
    lock: new Feature(desk, {
      component: "screen",
      isGranted: granted("screen.lock"),
      read: () => call(connection, "screen.lock.status"),
      follow: (handler) => subscribe(connection, "screen.lock.on_change", handler),
    }),
    awake: new KeepAwake(desk),
    media: new Feature(desk, {
      component: "media",
      isGranted: granted("media"),
      read: () => call(connection, "media.status"),
      follow: (handler) => subscribe(connection, "media.on_change", handler),
    }),
    volume: new Feature(desk, {
      component: "volume",
      isGranted: granted("volume"),
      read: () => call(connection, "volume.status"),
      follow: (handler) => subscribe(connection, "volume.on_change", handler),
    }),
    input: new Feature(desk, {
      component: "input",
      isGranted: granted("input"),
      read: () => call(connection, "input.status"),
    }),
    host,
    lines: new Lines(desk),
  };
}

/** Stops following. */
export function leave(features: Features): void {
  for (const feature of Object.values(features)) {
    feature.close();
  }
}
