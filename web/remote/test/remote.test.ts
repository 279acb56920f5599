/** The page without its views, against a daemon's side made for tests. */

import { openStore, type Store, uriOf } from "@deskconn/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestDaemon } from "../../client/test/peer/daemon.ts";
import { openNodeSocket } from "../../client/test/peer/node-socket.ts";
import { Refusal } from "../../client/test/peer/refusal.ts";
import { ACTIONS } from "../src/actions.ts";
import { leave } from "../src/features.ts";
import { tabsFor } from "../src/grants.ts";
import { Remote, type Screen } from "../src/remote.ts";

const CODE = "48217305";
const QR_SECRET = "AAECAwQFBgcICQoLDA0ODw";
const STATUS = "org.deskconn.slides.status";
const VOLUME = { available: true, percent: 40, muted: false };

let daemon: TestDaemon;
let store: Store;
let remote: Remote;

beforeEach(async () => {
  daemon = await TestDaemon.start();
  daemon.procedures.set(STATUS, () => ({ available: true, profile: "pdf" }));
  for (const action of ACTIONS) {
    daemon.procedures.set(nameOf(action), () => ({}));
  }
  daemon.pairing.openWindow({ code: CODE, qrSecret: QR_SECRET });
  store = await openStore();
  remote = openRemote();
});

afterEach(async () => {
  const screen = remote.screen.value;
  if (screen.kind === "desk") {
    leave(screen.features);
    screen.desk.close();
  }
  await daemon.stop();
});

describe("pairing", () => {
  it("asks for the code when no computer is known", async () => {
    await remote.start("");
    expect(remote.screen.value).toEqual({ kind: "pair", canGoBack: false });
  });

  it("goes by the code from the field to the slides", async () => {
    await remote.start("");
    await remote.enterCode("4821 7305");
    expect(shown("paired").pairing.daemon.name).toBe("study-laptop");
    expect(shown("paired").forgetful).toBe(true);
    await remote.acceptWords();
    expect(shown("desk").computer.id).toBe(daemon.identity.id);
  });

  it("says what is wrong with the code without asking the computer", async () => {
    await remote.start("");
    await remote.enterCode("4821");
    expect(remote.desk.state.value.problem?.title).toBe("The code has eight digits.");
  });

  it("counts a busy computer's seconds down before the link may be tried again", async () => {
    const busy = new Refusal("org.deskconn.pairing.error.busy", "busy", { retry_after_ms: 1500 });
    daemon.pairing.refuseNext = busy;
    await remote.start(link());
    expect(remote.desk.state.value).toMatchObject({ waitSeconds: 2, canRetryLink: true });
    await vi.waitFor(() => expect(remote.desk.state.value.waitSeconds).toBe(0), {
      timeout: 10_000,
    });
    await remote.retryLink();
    expect(remote.screen.value.kind).toBe("paired");
  });

  it("does not offer to try a link again that can not get better", async () => {
    daemon.pairing.openWindow({});
    await remote.start(link());
    expect(remote.desk.state.value.canRetryLink).toBe(false);
    expect(remote.desk.state.value.problem?.advice).toBe("Run “deskconn pair”.");
  });

  it("shows the words while the computer's owner is asked, and says that they said no", async () => {
    daemon.pairing.declines = true;
    const shownWords: unknown[] = [];
    remote.desk.state.watch(({ asking }) => asking && shownWords.push(asking));
    await remote.start(link());
    expect(shownWords).toEqual([[expect.any(String), expect.any(String)]]);
    const { asking, problem } = remote.desk.state.value;
    expect(asking).toBeUndefined();
    expect(problem?.title).toBe("This device was not let in.");
    expect(problem?.advice).toBe("The owner did not let the device in.");
  });

  it("keeps nothing of a computer whose words differ", async () => {
    await remote.start(link());
    await remote.rejectWords();
    expect(await store.daemons()).toEqual([]);
    expect(remote.desk.state.value.problem?.title).toContain("words differed");
  });

  it("knows one computer per address: the last one paired", async () => {
    await pairAndEnter();
    const { host, port } = daemon;
    await daemon.stop();
    daemon = await TestDaemon.start("another-laptop", undefined, port);
    daemon.pairing.openWindow({ code: CODE });
    await remote.pairAgain();
    expect(remote.screen.value).toEqual({ kind: "pair", canGoBack: true });
    await remote.enterCode(CODE);
    expect((await store.daemons()).map(({ name }) => name)).toEqual(["another-laptop"]);
    expect(daemon.host).toBe(host);
  });
});

describe("presenting", () => {
  it("starts at once with a known computer", async () => {
    await pairAndEnter();
    shown("desk").desk.close();
    remote = openRemote();
    await remote.start("");
    expect(shown("desk").computer.id).toBe(daemon.identity.id);
  });

  it("presses keys", async () => {
    const { desk, presenter } = await pairAndEnter();
    await presenter.press("next");
    await presenter.press("start_current");
    expect(pressed()).toEqual(["next", "start_current"]);
    expect(desk.state.value.failure).toBeUndefined();
  });

  it("knows which keys the program in use has, and chooses another", async () => {
    let current = "pdf";
    const profiles = [
      { name: "pdf", title: "PDF", actions: ["next", "previous", "sing"] },
      { name: "impress", title: "LibreOffice Impress", actions: ["next", "white"] },
    ];
    daemon.procedures.set("org.deskconn.slides.profiles", () => ({ current, profiles }));
    daemon.procedures.set("org.deskconn.slides.set_profile", ({ profile }) => {
      current = String(profile);
      return { available: true, profile };
    });
    const { presenter } = await pairAndEnter();
    expect(presenter.offers("next")).toBe(true);
    expect(presenter.offers("white")).toBe(false);
    await presenter.choose("impress");
    expect(presenter.viewers.value.current?.title).toBe("LibreOffice Impress");
    expect(presenter.offers("white")).toBe(true);
  });

  it("offers everything when the computer does not tell", async () => {
    const { presenter } = await pairAndEnter();
    expect(ACTIONS.every((action) => presenter.offers(action))).toBe(true);
  });

  it.each([
    [
      "org.deskconn.error.unavailable",
      { kind: "unavailable", reason: "no; hint: load uinput" },
      undefined,
    ],
    ["org.deskconn.error.denied", { kind: "denied" }, undefined],
    ["wamp.error.not_authorized", { kind: "denied" }, undefined],
    ["org.deskconn.error.rate_limited", { kind: "unavailable" }, { kind: "too_fast" }],
    [
      "org.deskconn.error.failed",
      { kind: "unavailable" },
      { kind: "refused", message: "no", hint: "load uinput" },
    ],
  ])("reads %s", async (uri, slides, failure) => {
    const { desk, presenter } = await pairAndEnter();
    const refuse = () => {
      throw new Refusal(uri, "no", { hint: "load uinput" });
    };
    daemon.procedures.set(nameOf("next"), refuse);
    daemon.procedures.set(STATUS, refuse);
    await presenter.press("next");
    expect(desk.state.value.failure).toEqual(failure);
    await presenter.slides.refresh();
    expect(presenter.slides.state.value).toMatchObject(slides);
  });

  it("asks the daemon why the slides component does not run", async () => {
    daemon.procedures.delete(STATUS);
    daemon.procedures.set("org.deskconn.daemon.status", () => ({
      components: [{ name: "slides", state: "unavailable", reason: "no /dev/uinput" }],
    }));
    const { presenter } = await pairAndEnter("unavailable");
    const state = { kind: "unavailable", reason: "no /dev/uinput" };
    expect(presenter.slides.state.value).toEqual(state);
  });

  it("says that nothing was sent without a link", async () => {
    const { desk, presenter } = await pairAndEnter();
    daemon.hangUp();
    await vi.waitFor(() => expect(desk.state.value.link).not.toBe("online"));
    await presenter.press("next");
    expect(desk.state.value.failure).toEqual({ kind: "not_sent" });
    await vi.waitFor(() => expect(desk.state.value.link).toBe("online"), { timeout: 10_000 });
    expect(desk.state.value.failure).toBeUndefined();
    expect(pressed()).toEqual([]);
  });

  it("forgets the computer and this device's keys", async () => {
    await pairAndEnter();
    const { id } = await store.identity();
    let removed = 0;
    daemon.procedures.set("org.deskconn.pairing.leave", () => {
      removed += 1;
      return {};
    });
    await remote.forget();
    expect(removed).toBe(1);
    expect(await store.daemons()).toEqual([]);
    expect((await store.identity()).id).not.toBe(id);
    expect(remote.screen.value.kind).toBe("pair");
  });
});

describe("what the device may do", () => {
  it("follows the computer, and is remembered for the next visit", async () => {
    const { desk } = await pairAndEnter();
    expect(tabsFor(desk.grants)).toEqual(["slides", "computer"]);
    daemon.regrant("slides", "volume", "gpio:lamp");
    await vi.waitFor(() =>
      expect(tabsFor(desk.grants)).toEqual(["slides", "media", "lines", "computer"]),
    );
    await vi.waitFor(async () =>
      expect((await store.daemons())[0]?.grants).toEqual(["slides", "volume", "gpio:lamp"]),
    );
    daemon.regrant("status");
    await vi.waitFor(() => expect(tabsFor(desk.grants)).toEqual(["computer"]));
  });

  it("decides what is asked for: nothing that is not granted, and at once what is", async () => {
    daemon.procedures.set(uriOf("volume.status"), () => VOLUME);
    const { features } = await pairAndEnter();
    const asked = () => daemon.calls.filter(({ procedure }) => procedure.includes("volume"));
    expect(asked()).toEqual([]);
    expect(features.volume.state.value).toEqual({ kind: "denied" });
    daemon.regrant("slides", "volume");
    await vi.waitFor(() => expect(features.volume.status).toEqual(VOLUME));
    daemon.regrant("slides");
    await vi.waitFor(() => expect(features.volume.state.value.kind).toBe("denied"));
  });

  it("is followed again after it was taken back and given again", async () => {
    daemon.grants = ["volume"];
    daemon.procedures.set(uriOf("volume.status"), () => VOLUME);
    const { features } = await pairAndEnter("denied");
    await vi.waitFor(() => expect(features.volume.status).toEqual(VOLUME));
    const topic = uriOf("volume.on_change");
    daemon.revoke(topic);
    daemon.regrant("status");
    await vi.waitFor(() => expect(features.volume.state.value.kind).toBe("denied"));
    daemon.forbidden.clear();
    daemon.regrant("volume");
    await vi.waitFor(() => expect(features.volume.status).toEqual(VOLUME));
    daemon.publish(topic, { ...VOLUME, percent: 7 });
    await vi.waitFor(() => expect(features.volume.status?.percent).toBe(7));
  });
});

describe("the timer", () => {
  it("is the computer's, which all remotes share", async () => {
    const timer = { running: false, elapsed_ms: 5000, marks_ms: [] as number[] };
    daemon.procedures.set(uriOf("slides.timer.status"), () => ({ ...timer }));
    daemon.procedures.set(uriOf("slides.timer.start"), () => {
      timer.running = true;
      return { ...timer };
    });
    const { features } = await pairAndEnter();
    const now = () => features.timer.status.status;
    await vi.waitFor(() => expect(now()).toMatchObject({ running: false, elapsed_ms: 5000 }));
    await features.timer.act("start");
    expect(now()?.running).toBe(true);
    const change = { running: false, elapsed_ms: 9000, marks_ms: [7000] };
    daemon.publish(uriOf("slides.timer.on_change"), change);
    await vi.waitFor(() => expect(now()).toMatchObject(change));
  });
});

describe("lines", () => {
  it("are those that were granted, as they become", async () => {
    daemon.grants = ["gpio:lamp"];
    const lamp = { name: "lamp", title: "Lamp", direction: "output", writable: true };
    const list = () => ({
      lines: [
        { ...lamp, available: true, value: false },
        { ...lamp, available: true, name: "door" },
      ],
    });
    daemon.procedures.set(uriOf("gpio.list"), list);
    const { features } = await pairAndEnter("denied");
    const { lines } = features;
    await vi.waitFor(() => expect(lines.list.status?.lines).toHaveLength(1));
    daemon.publish(uriOf("gpio.lamp.on_change"), { value: true, at: 1, doing: "blink" });
    const now = () => lines.list.status?.lines[0];
    await vi.waitFor(() => expect(now()).toMatchObject({ value: true, doing: "blink" }));
    daemon.publish(uriOf("gpio.lamp.on_change"), { value: false, at: 2 });
    await vi.waitFor(() => expect(now()).toMatchObject({ value: false }));
    expect(now()).not.toHaveProperty("doing");
  });
});

describe("keeping awake", () => {
  it("is asked for again by itself when the link comes back", async () => {
    daemon.grants = ["screen.awake"];
    let leases = 0;
    daemon.procedures.set(uriOf("screen.awake.keep"), () => {
      leases += 1;
      return { lease: leases };
    });
    daemon.procedures.set(uriOf("screen.awake.release"), () => ({}));
    daemon.procedures.set(uriOf("screen.awake.status"), () => ({
      available: true,
      awake: leases > 0,
    }));
    const { desk, features } = await pairAndEnter("denied");
    await features.awake.set(true);
    daemon.hangUp();
    await vi.waitFor(() => expect(desk.state.value.link).not.toBe("online"));
    await vi.waitFor(() => expect(leases).toBe(2), { timeout: 10_000 });
    await vi.waitFor(() => expect(features.awake.isWanted.value).toBe(true));
    await features.awake.set(false);
    const released = daemon.calls.filter(({ procedure }) => procedure.endsWith("release"));
    expect(released.map(({ kwargs }) => kwargs)).toEqual([{ lease: 2 }]);
  });
});

function openRemote(): Remote {
  return new Remote({
    store,
    host: daemon.host,
    secure: false,
    userAgent: "Chrome/156 Android",
    openSocket: openNodeSocket,
  });
}

/** Pairs, enters the desk, and waits until it is known whether slides can be turned. */
async function pairAndEnter(slides = "ready") {
  await remote.start(link());
  await remote.acceptWords();
  const { desk, features } = shown("desk");
  const { presenter } = features;
  await vi.waitFor(() => expect(presenter.slides.state.value.kind).toBe(slides), {
    timeout: 10_000,
  });
  return { desk, features, presenter };
}

function link(): string {
  return `#p1.${QR_SECRET}.${daemon.identity.id}`;
}

function shown<K extends Screen["kind"]>(kind: K): Extract<Screen, { kind: K }> {
  const screen = remote.screen.value;
  expect(screen.kind).toBe(kind);
  return screen as Extract<Screen, { kind: K }>;
}

/** The actions the daemon was asked for, in order. */
function pressed(): string[] {
  return daemon.calls
    .map(({ procedure }) => procedure)
    .filter((procedure) => ACTIONS.some((action) => procedure === nameOf(action)))
    .map((procedure) => procedure.split(".").at(-1) as string);
}

/** The procedure that does an action. */
function nameOf(action: string): string {
  return uriOf(`slides.${action}`);
}
