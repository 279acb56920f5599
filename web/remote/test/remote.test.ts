/** The page without its views, against a daemon's side made for tests. */

import { openStore, type Store } from "@deskconn/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestDaemon } from "../../client/test/peer/daemon.ts";
import { openNodeSocket } from "../../client/test/peer/node-socket.ts";
import { Refusal } from "../../client/test/peer/refusal.ts";
import { ACTIONS, procedureOf } from "../src/actions.ts";
import type { Presenter } from "../src/presenter.ts";
import { Remote, type Screen } from "../src/remote.ts";

const CODE = "48217305";
const QR_SECRET = "AAECAwQFBgcICQoLDA0ODw";
const STATUS = "org.deskconn.slides.status";

let daemon: TestDaemon;
let store: Store;
let remote: Remote;

beforeEach(async () => {
  daemon = await TestDaemon.start();
  daemon.procedures.set(STATUS, () => ({ available: true, profile: "pdf" }));
  for (const action of ACTIONS) {
    daemon.procedures.set(procedureOf(action), () => ({}));
  }
  daemon.pairing.openWindow({ code: CODE, qrSecret: QR_SECRET });
  store = await openStore();
  remote = openRemote();
});

afterEach(async () => {
  const screen = remote.screen.value;
  if (screen.kind === "present") {
    screen.presenter.close();
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
    expect(shown("present").computer.id).toBe(daemon.identity.id);
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

  it("keeps nothing of a computer whose words differ", async () => {
    await remote.start(link());
    await remote.rejectWords();
    expect(await store.daemons()).toEqual([]);
    expect(remote.desk.state.value.problem?.title).toContain("words differed");
  });

  it("knows one computer per address: the last one paired", async () => {
    await pairAndPresent();
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
    await pairAndPresent();
    shown("present").presenter.close();
    remote = openRemote();
    await remote.start("");
    expect(shown("present").computer.id).toBe(daemon.identity.id);
  });

  it("presses keys", async () => {
    const presenter = await pairAndPresent();
    await presenter.press("next");
    await presenter.press("start_current");
    expect(pressed()).toEqual(["next", "start_current"]);
    expect(presenter.state.value.failure).toBeUndefined();
  });

  it("knows which keys the program in use has", async () => {
    daemon.procedures.set("org.deskconn.slides.profiles", () => ({
      current: "pdf",
      profiles: [{ name: "pdf", title: "PDF", actions: ["next", "previous", "sing"] }],
    }));
    const presenter = await pairAndPresent();
    expect(presenter.offers("next")).toBe(true);
    expect(presenter.offers("white")).toBe(false);
  });

  it("offers everything when the computer does not tell", async () => {
    const presenter = await pairAndPresent();
    expect(ACTIONS.every((action) => presenter.offers(action))).toBe(true);
  });

  it.each([
    ["org.deskconn.error.unavailable", { slides: { kind: "unavailable", reason: "load uinput" } }],
    ["org.deskconn.error.denied", { slides: { kind: "denied" } }],
    ["wamp.error.not_authorized", { slides: { kind: "denied" } }],
    ["org.deskconn.error.rate_limited", { failure: { kind: "too_fast" } }],
    [
      "org.deskconn.error.failed",
      { failure: { kind: "refused", message: "no", hint: "load uinput" } },
    ],
  ])("reads %s", async (uri, state) => {
    const presenter = await pairAndPresent();
    const refuse = () => {
      throw new Refusal(uri, "no", { hint: "load uinput" });
    };
    daemon.procedures.set(procedureOf("next"), refuse);
    daemon.procedures.set(STATUS, refuse);
    await presenter.press("next");
    expect(presenter.state.value).toMatchObject(state);
  });

  it("asks the daemon why the slides component does not run", async () => {
    daemon.procedures.delete(STATUS);
    daemon.procedures.set("org.deskconn.daemon.status", () => ({
      components: [{ name: "slides", state: "unavailable", reason: "no /dev/uinput" }],
    }));
    const presenter = await pairAndPresent("unavailable");
    const { slides } = presenter.state.value;
    expect(slides).toEqual({ kind: "unavailable", reason: "no /dev/uinput" });
  });

  it("says that nothing was sent without a link", async () => {
    const presenter = await pairAndPresent();
    daemon.hangUp();
    await vi.waitFor(() => expect(presenter.state.value.link).not.toBe("online"));
    await presenter.press("next");
    expect(presenter.state.value.failure).toEqual({ kind: "not_sent" });
    await vi.waitFor(() => expect(presenter.state.value.link).toBe("online"), { timeout: 10_000 });
    expect(presenter.state.value.failure).toBeUndefined();
    expect(pressed()).toEqual([]);
  });

  it("forgets the computer and this device's keys", async () => {
    await pairAndPresent();
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

function openRemote(): Remote {
  return new Remote({
    store,
    host: daemon.host,
    secure: false,
    userAgent: "Chrome/156 Android",
    openSocket: openNodeSocket,
  });
}

/** Pairs, presents, and waits until it is known whether slides can be turned. */
async function pairAndPresent(slides = "ready"): Promise<Presenter> {
  await remote.start(link());
  await remote.acceptWords();
  const { presenter } = shown("present");
  await vi.waitFor(() => expect(presenter.state.value.slides.kind).toBe(slides), {
    timeout: 10_000,
  });
  return presenter;
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
    .filter((procedure) => ACTIONS.some((action) => procedure === procedureOf(action)))
    .map((procedure) => procedure.split(".").at(-1) as string);
}
