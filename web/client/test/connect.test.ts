/** A lasting connection over real sealed links to a daemon's side made for tests. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Connection, type ConnectionState, connect } from "../src/connect.ts";
import { generateIdentity } from "../src/identity.ts";
import { openPairing } from "../src/open-pairing.ts";
import type { PairedDaemon } from "../src/pairing/joiner.ts";
import { pair } from "../src/pairing/pair.ts";
import { LinkLostError, WampError } from "../src/wamp/errors.ts";
import { TestDaemon } from "./peer/daemon.ts";
import { openNodeSocket } from "./peer/node-socket.ts";
import { Refusal } from "./peer/refusal.ts";

const code = "48217305";
const NEXT = "org.deskconn.slides.next";
const ON_ACTION = "org.deskconn.slides.on_action";

let daemon: TestDaemon;
let paired: PairedDaemon;
let connection: Connection;
let states: string[];
const identity = generateIdentity();

beforeEach(async () => {
  daemon = await TestDaemon.start();
  daemon.pairing.openWindow({ code });
  const session = await openPairing({ host: daemon.host, openSocket: openNodeSocket });
  const profile = {
    name: "test",
    platform: "",
    model: "",
    kind: "web",
    grants: ["slides"],
  } as const;
  const joiner = { identity, profile, app: "test/1" };
  paired = (await pair(session, { method: "code", code }, joiner)).daemon;
  session.close();
  daemon.procedures.set(NEXT, () => ({ action: "next" }));
});

afterEach(async () => {
  connection.close();
  await daemon.stop();
});

describe("a connection", () => {
  it("comes online and calls", async () => {
    open();
    await until("online");
    expect((await connection.call(NEXT)).kwargs).toEqual({ action: "next" });
    expect(daemon.calls).toEqual([{ procedure: NEXT, kwargs: {} }]);
    expect(states).toEqual(["connecting", "online"]);
  });

  it("passes keyword arguments on, and errors with their advice back", async () => {
    open();
    await until("online");
    daemon.procedures.set(NEXT, () => {
      throw new Refusal("org.deskconn.error.unavailable", "no keyboard", { hint: "load uinput" });
    });
    const failed = connection.call(NEXT, { kwargs: { times: 2 } });
    await expect(failed).rejects.toBeInstanceOf(WampError);
    await expect(failed).rejects.toMatchObject({
      uri: "org.deskconn.error.unavailable",
      message: "no keyboard",
      hint: "load uinput",
    });
    expect(daemon.calls).toEqual([{ procedure: NEXT, kwargs: { times: 2 } }]);
    expect(connection.state.kind).toBe("online");
  });

  it("carries messages longer than a frame both ways", async () => {
    open();
    await until("online");
    daemon.procedures.set(NEXT, ({ text }) => ({ text: `${text}!` }));
    const text = "ü".repeat(100_000);
    expect((await connection.call(NEXT, { kwargs: { text } })).kwargs.text).toBe(`${text}!`);
  });

  it("returns after the link broke, with its subscriptions", async () => {
    open();
    const events: unknown[] = [];
    connection.subscribe(ON_ACTION, (event) => events.push(event.kwargs));
    await until("online");
    daemon.hangUp();
    await until("offline");
    await until("online");
    daemon.publish(ON_ACTION, { action: "next" });
    await vi.waitFor(() => expect(events).toEqual([{ action: "next" }]));
  });

  it("lives on without a subscription that is taken back, and has it again when it may", async () => {
    open();
    const events: unknown[] = [];
    connection.subscribe(ON_ACTION, (event) => events.push(event.kwargs));
    await until("online");
    daemon.revoke(ON_ACTION);
    // The answer to a call comes after what was sent before it.
    await connection.call(NEXT);
    await connection.resubscribe();
    daemon.publish(ON_ACTION, { action: "first" });
    daemon.forbidden.clear();
    await connection.resubscribe();
    daemon.publish(ON_ACTION, { action: "last" });
    await connection.call(NEXT);
    expect(events).toEqual([{ action: "last" }]);
    expect(states).toEqual(["connecting", "online"]);
  });

  it("queues nothing while there is no link", async () => {
    open();
    await until("online");
    daemon.hangUp();
    await until("offline");
    await expect(connection.call(NEXT)).rejects.toBeInstanceOf(LinkLostError);
    await until("online");
    expect(daemon.calls).toEqual([]);
  });

  it("gives a call up and the link with it when no answer comes", async () => {
    open();
    await until("online");
    daemon.mute = true;
    await expect(connection.call(NEXT, {}, { timeoutMs: 50 })).rejects.toBeInstanceOf(
      LinkLostError,
    );
    await until("offline");
    daemon.mute = false;
    await until("online");
  });

  it("says so when the computer removed this device, and stops trying", async () => {
    open();
    await until("online");
    daemon.unpairAll();
    await until("removed");
    expect(states.at(-1)).toBe("removed");
  });

  it("tries again after a removal when asked to", async () => {
    open(generateIdentity());
    await until("removed");
    states.length = 0;
    connection.retry();
    await until("connecting");
    await until("removed");
  });

  it("takes a refusal inside the link for a removal", async () => {
    open({ ...generateIdentity(), x25519: identity.x25519 });
    await until("removed");
  });

  it("does not connect to a daemon with another key", async () => {
    const other = generateIdentity();
    open(identity, { ...paired, x25519: other.x25519.public });
    await until("removed");
    expect(states).not.toContain("online");
  });

  it("keeps trying while nobody answers", async () => {
    const { host, port } = daemon;
    await daemon.stop();
    open(identity, paired, host);
    await until("offline");
    // Another daemon comes up at the same address: it does not know this device.
    daemon = await TestDaemon.start("study-laptop", undefined, port);
    connection.retry();
    await until("removed");
  });

  it("is over when closed", async () => {
    open();
    await until("online");
    connection.close();
    await expect(connection.call(NEXT)).rejects.toBeInstanceOf(LinkLostError);
    expect(states.at(-1)).toBe("closed");
  });

  it("is waited for until there is a link, and not when there will be none", async () => {
    open();
    await connection.ready();
    expect(states).toEqual(["connecting", "online"]);
    daemon.unpairAll();
    await until("offline");
    await expect(connection.ready()).rejects.toBeInstanceOf(LinkLostError);
    expect(states.at(-1)).toBe("removed");
  });

  it("stops telling a listener that went away", async () => {
    open();
    const seen: string[] = [];
    const stop = connection.watch(({ kind }) => seen.push(kind));
    stop();
    await until("online");
    expect(seen).toEqual(["connecting"]);
  });
});

function open(as = identity, to = paired, host = daemon.host): void {
  connection = connect({ host, identity: as, daemon: to, openSocket: openNodeSocket });
  states = [];
  connection.watch(({ kind }) => states.push(kind));
}

/** Waits until the connection is in a state. */
function until(kind: ConnectionState["kind"]): Promise<void> {
  return new Promise((resolve) => {
    let stop = () => {};
    stop = connection.watch((state) => {
      if (state.kind === kind) {
        resolve();
        queueMicrotask(() => stop());
      }
    });
  });
}
