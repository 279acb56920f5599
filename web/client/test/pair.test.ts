/** Pairing over a real WebSocket with a daemon's side made for tests. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { generateIdentity } from "../src/identity.ts";
import { openPairing } from "../src/open-pairing.ts";
import { PairingError } from "../src/pairing/error.ts";
import type { Joiner, PairingSecret } from "../src/pairing/joiner.ts";
import { pair } from "../src/pairing/pair.ts";
import { TestDaemon } from "./peer/daemon.ts";
import { openNodeSocket } from "./peer/node-socket.ts";
import { Refusal } from "./peer/refusal.ts";

const code = "48217305";
const qrSecret = "AAECAwQFBgcICQoLDA0ODw";
const joiner: Joiner = {
  identity: generateIdentity(),
  profile: {
    name: "Firefox on Android",
    platform: "Android",
    model: "",
    kind: "web",
    grants: ["slides", "status"],
  },
  app: "deskconn-web/0.1.0",
};

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await TestDaemon.start();
});

afterEach(() => daemon.stop());

it("pairs with the typed code", async () => {
  daemon.pairing.openWindow({ code });
  const { daemon: paired, words } = await attempt({ method: "code", code });
  expect(paired).toEqual({
    id: daemon.identity.id,
    name: "study-laptop",
    ed25519: daemon.identity.ed25519.public,
    x25519: daemon.identity.x25519.public,
    grants: ["slides", "status"],
  });
  expect(words).toHaveLength(2);
  expect(daemon.device(joiner.identity.id)?.name).toBe("Firefox on Android");
});

it("pairs with the secret of a link", async () => {
  daemon.pairing.openWindow({ qrSecret });
  const secret: PairingSecret = { method: "qr", secret: qrSecret, daemonId: daemon.identity.id };
  expect((await attempt(secret)).daemon.id).toBe(daemon.identity.id);
});

it("tells how many attempts a wrong code leaves, and does not try again by itself", async () => {
  daemon.pairing.openWindow({ code });
  const wrong = { method: "code", code: "48217306" } as const;
  await expect(attempt(wrong)).rejects.toMatchObject({ code: "bad_code", attemptsLeft: 9 });
  await expect(attempt(wrong)).rejects.toMatchObject({ code: "bad_code", attemptsLeft: 8 });
  expect(daemon.devices).toEqual([]);
});

it("shows the words while the computer's owner is asked, and tells that they said no", async () => {
  daemon.pairing.openWindow({ code });
  daemon.pairing.declines = true;
  const session = await openPairing({ host: daemon.host, openSocket: openNodeSocket });
  const asked: unknown[] = [];
  const attempted = pair(session, { method: "code", code }, joiner, (words) => asked.push(words));
  await expect(attempted).rejects.toMatchObject({ code: "declined" });
  expect(asked).toEqual([[expect.any(String), expect.any(String)]]);
  expect(daemon.devices).toEqual([]);
  session.close();
});

it("tells that no window is open, with the daemon's advice", async () => {
  await expect(attempt({ method: "code", code })).rejects.toMatchObject({
    code: "not_pairing",
    hint: "run `deskconn pair`",
  });
});

it.each([
  ["busy", { retry_after_ms: 2500 }, { code: "busy", retryAfterMs: 2500 }],
  ["expired", {}, { code: "expired" }],
  ["version", {}, { code: "version" }],
  ["malformed", {}, { code: "malformed" }],
  ["something_new", { hint: "update" }, { code: "refused", hint: "update" }],
])("reads the refusal %s", async (name, kwargs, expected) => {
  daemon.pairing.openWindow({ code });
  daemon.pairing.refuseNext = new Refusal(`org.deskconn.pairing.error.${name}`, "no", kwargs);
  await expect(attempt({ method: "code", code })).rejects.toMatchObject(expected);
});

it("tells that nobody answers", async () => {
  const { host } = daemon;
  await daemon.stop();
  await expect(openPairing({ host, openSocket: openNodeSocket })).rejects.toThrow();
  daemon = await TestDaemon.start();
});

it("tells that the connection broke", async () => {
  const session = {
    call: () => {
      throw new Error("gone");
    },
  };
  const failed = pair(session, { method: "code", code }, joiner);
  await expect(failed).rejects.toBeInstanceOf(PairingError);
  await expect(failed).rejects.toMatchObject({ code: "unreachable" });
});

async function attempt(secret: PairingSecret) {
  const session = await openPairing({ host: daemon.host, openSocket: openNodeSocket });
  try {
    return await pair(session, secret, joiner);
  } finally {
    session.close();
  }
}
