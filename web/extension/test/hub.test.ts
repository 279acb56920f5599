/** The background as a whole, against a daemon's side made for tests. */

import type { OpenSocket } from "@deskconn/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestDaemon } from "../../client/test/peer/daemon.ts";
import { openNodeSocket } from "../../client/test/peer/node-socket.ts";
import { Hub } from "../src/background/hub.ts";
import { Memory } from "../src/memory.ts";
import type { PairAnswer, PanelState } from "../src/protocol.ts";
import { MemoryArea } from "./area.ts";

const CODE = "48217305";
const BOOST = "org.deskconn.screen.brightness.boost";
const RESTORE = "org.deskconn.screen.brightness.restore";
const FILM = { tab: 1, frame: 0, site: "films.example" };

let daemon: TestDaemon;
let area: MemoryArea;
let hub: Hub;
let shown: PanelState | undefined;
const panel = {
  show: (state: PanelState) => {
    shown = state;
  },
};

beforeEach(async () => {
  daemon = await TestDaemon.start();
  daemon.procedures.set("org.deskconn.screen.brightness.status", () => ({ available: true }));
  daemon.procedures.set(BOOST, () => ({ lease: 7 }));
  daemon.procedures.set(RESTORE, () => ({}));
  daemon.pairing.openWindow({ code: CODE });
  area = new MemoryArea();
  hub = open();
  shown = undefined;
});

afterEach(async () => {
  hub.heard(FILM, false);
  hub.closed(panel);
  await daemon.stop();
});

describe("pairing", () => {
  it("remembers the computer, as another background finds out", async () => {
    expect(await pair()).toMatchObject({ name: "study-laptop" });
    const device = daemon.device(daemon.devices[0] ?? "");
    expect(device).toMatchObject({ name: "Firefox on Linux", model: "Firefox" });
    const next = open();
    await next.load();
    expect(next.state.computer).toMatchObject({ id: daemon.identity.id, host: daemon.host });
  });

  it("says what went wrong and remembers nothing", async () => {
    expect(await pair("11112222")).toEqual({ error: "bad_code", attemptsLeft: 9 });
    expect(hub.state.link).toBe("unpaired");
  });

  it("shows the words while the computer's owner is asked, and says what they said", async () => {
    daemon.pairing.declines = true;
    const words: unknown[] = [];
    hub.opened({ show: ({ asking }) => asking && words.push(asking) });
    const said = "the owner did not let the device in";
    expect(await pair()).toMatchObject({ error: "declined", said });
    expect(words).toEqual([[expect.any(String), expect.any(String)]]);
    expect(hub.state).toMatchObject({ link: "unpaired", asking: undefined });
  });

  it("is undone on both sides", async () => {
    await pair();
    hub.opened(panel);
    await vi.waitFor(() => expect(shown?.link).toBe("online"));
    let left = 0;
    daemon.procedures.set("org.deskconn.pairing.leave", () => ({ left: ++left }));
    await hub.forget();
    expect(left).toBe(1);
    expect(hub.state).toMatchObject({ link: "unpaired", computer: undefined });
    expect(area.items.size).toBe(0);
  });
});

describe("a link", () => {
  beforeEach(async () => {
    await pair();
  });

  it("is there for a film and no longer", async () => {
    await vi.waitFor(() => expect(daemon.connections).toBe(0));
    hub.heard(FILM, true);
    await vi.waitFor(() => expect(verbs()).toContain(BOOST));
    await vi.waitFor(() => expect(hub.state.boosted).toBe(true));
    hub.heard(FILM, false);
    await vi.waitFor(() => expect(verbs()).toContain(RESTORE));
    await vi.waitFor(() => expect(daemon.connections).toBe(0));
    expect(hub.state.link).toBe("idle");
  });

  it("is there for a popup, which is told of every change", async () => {
    hub.opened(panel);
    expect(shown?.link).toBe("connecting");
    await vi.waitFor(() => expect(shown?.screen.kind).toBe("ready"));
    expect(shown).toMatchObject({ link: "online", slides: { kind: "missing" } });
    hub.closed(panel);
    await vi.waitFor(() => expect(daemon.connections).toBe(0));
  });

  it("comes back by itself with its boost", async () => {
    hub.heard(FILM, true);
    await vi.waitFor(() => expect(hub.state.boosted).toBe(true));
    daemon.hangUp();
    await vi.waitFor(() => expect(hub.state.boosted).toBe(false));
    await vi.waitFor(() => expect(hub.state.boosted).toBe(true), { timeout: 10_000 });
    expect(verbs().filter((verb) => verb === BOOST)).toHaveLength(2);
  });

  it("is not tried again when the computer has removed the browser", async () => {
    daemon.unpairAll();
    hub.opened(panel);
    await vi.waitFor(() => expect(shown?.link).toBe("removed"), { timeout: 10_000 });
  });
});

describe("a browser in the way", () => {
  it("that makes wss:// of ws:// is told of, when pairing and afterwards", async () => {
    await pair();
    hub = open(closingSocket(1015));
    expect(await pair()).toEqual({ error: "upgraded" });
    await hub.load();
    hub.opened(panel);
    await vi.waitFor(() => expect(shown).toMatchObject({ link: "offline", blocked: "upgraded" }));
  });

  it("that keeps extensions from local networks is told of", async () => {
    vi.stubGlobal("navigator", { permissions: { query: async () => ({ state: "denied" }) } });
    hub = open(closingSocket(1006));
    expect(await pair()).toEqual({ error: "local_network" });
    vi.unstubAllGlobals();
    expect(await pair()).toEqual({ error: "unreachable" });
  });
});

describe("settings", () => {
  it("switch a site off in the middle of a film", async () => {
    await pair();
    hub.heard(FILM, true);
    await vi.waitFor(() => expect(hub.state.boosted).toBe(true));
    hub.settings = { percent: 100, sitesOff: ["films.example"] };
    await vi.waitFor(() => expect(verbs()).toContain(RESTORE));
  });
});

describe("a press", () => {
  it("that comes to nothing is told, until one does not", async () => {
    await pair();
    hub.opened(panel);
    await vi.waitFor(() => expect(shown?.link).toBe("online"));
    await hub.obey({ kind: "slide", action: "next" });
    expect(shown).toMatchObject({ pressFailed: true, slides: { kind: "missing" } });
    daemon.procedures.set("org.deskconn.slides.next", () => ({}));
    await hub.obey({ kind: "slide", action: "next" });
    expect(shown).toMatchObject({ pressFailed: false, slides: { kind: "ready" } });
  });
});

function open(openSocket: OpenSocket = openNodeSocket): Hub {
  return new Hub({
    memory: new Memory(area),
    name: async () => "Firefox on Linux",
    openSocket,
    now: () => 0,
  });
}

/** Opens sockets that close at once, with this code. */
function closingSocket(code: number): OpenSocket {
  return () => {
    const socket = new EventTarget() as WebSocket;
    queueMicrotask(() => {
      const event = Object.assign(new Event("close"), { code }) as CloseEvent;
      socket.dispatchEvent(event);
      socket.onclose?.(event);
    });
    return Object.assign(socket, { close: () => {}, protocol: "" });
  };
}

function pair(code = CODE): Promise<PairAnswer> {
  return hub.pair({ kind: "pair", host: daemon.host, code });
}

/** The procedures that were called. */
function verbs(): string[] {
  return daemon.calls.map(({ procedure }) => procedure);
}
