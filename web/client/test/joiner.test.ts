/** The joining machine against whole recorded pairings, and against daemons that misbehave. */

import { hexToBytes as bytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { hex } from "../src/bytes.ts";
import { identityFromSecrets } from "../src/identity.ts";
import type { PairingError, PairingErrorCode } from "../src/pairing/error.ts";
import { begin, type ConfirmStep, type Joiner, type PairingSecret } from "../src/pairing/joiner.ts";
import { vector } from "./vectors.ts";

const { exchanges } = vector("pairing-exchange.json");
const { refused } = vector("shares-refused.json");
const recorded = exchanges[0];

describe.each(exchanges as (typeof recorded)[])("the recorded pairing by $name", (exchange) => {
  it("says what was said, and ends with the same computer and words", () => {
    const opening = start(exchange);
    expect(opening.kwargs).toEqual(exchange.begin_call);
    const confirmation = opening.answer(exchange.begin_answer);
    expect(confirmation.kwargs).toEqual(exchange.confirm_call);
    const { daemon, words } = confirmation.finish(exchange.confirm_answer);
    const { name, grants } = JSON.parse(exchange.identity_b);
    expect({ ...daemon, ed25519: hex(daemon.ed25519), x25519: hex(daemon.x25519) }).toEqual({
      id: exchange.b.id,
      name,
      ed25519: exchange.b.ed25519,
      x25519: exchange.b.x25519,
      grants,
    });
    expect(words).toEqual(exchange.verifier_words);
  });
});

describe("the joining device gives nothing away to a daemon that", () => {
  const answer = recorded.begin_answer;
  const hello = JSON.parse(answer.hello);

  it.each<[string, unknown, PairingErrorCode]>([
    ["says nothing", undefined, "malformed"],
    ["leaves out its share", { ...answer, share: undefined }, "malformed"],
    ["says its hello in no JSON", { ...answer, hello: "hello" }, "malformed"],
    ["says an endless hello", { ...answer, hello: " ".repeat(5000) + answer.hello }, "malformed"],
    ["has no device id", withHello({ ...hello, id: "me" }), "malformed"],
    ["speaks another version", withHello({ ...hello, v: 2 }), "version"],
    ["sends our own share back", { ...answer, share: recorded.begin_call.share }, "malformed"],
  ])("%s", (_, reply, code) => {
    expect(failure(() => start(recorded).answer(reply))).toBe(code);
  });

  it.each(refused as { why: string; share: string }[])("sends $why for a share", ({ share }) => {
    expect(failure(() => start(recorded).answer({ ...answer, share }))).toBe("malformed");
  });

  it("is not the one in the link", () => {
    const exchange = exchanges.find(({ name }: { name: string }) => name === "qr");
    const opening = start({ ...exchange, b: { ...exchange.b, id: "a".repeat(32) } });
    expect(failure(() => opening.answer(exchange.begin_answer))).toBe("impostor");
  });

  function withHello(changed: object) {
    return { ...answer, hello: JSON.stringify(changed) };
  }
});

describe("the joining device believes no daemon that", () => {
  const { ciphertext, tag } = recorded.confirm_answer;

  it.each<[string, unknown, PairingErrorCode]>([
    ["answers nothing", undefined, "malformed"],
    ["leaves out its tag", { ciphertext }, "malformed"],
    ["sends a wrong tag", { ciphertext, tag: "00".repeat(32) }, "impostor"],
    ["reflects our own proof", recorded.confirm_call, "impostor"],
    ["sends a changed identity", { ciphertext: `00${ciphertext.slice(2)}`, tag }, "impostor"],
  ])("%s", (_, reply, code) => {
    expect(failure(() => confirmation().finish(reply))).toBe(code);
  });

  it("does not know the code", () => {
    const wrong = start(recorded, { method: "code", code: "11111111" }).answer(
      recorded.begin_answer,
    );
    expect(failure(() => wrong.finish(recorded.confirm_answer))).toBe("impostor");
  });

  it("claimed another device id in its hello", () => {
    const hello = recorded.begin_answer.hello.replace(recorded.b.id, "a".repeat(32));
    const opened = start(recorded).answer({ ...recorded.begin_answer, hello });
    expect(failure(() => opened.finish(recorded.confirm_answer))).toBe("impostor");
  });

  function confirmation(): ConfirmStep {
    return start(recorded).answer(recorded.begin_answer);
  }
});

/** Side A of a recorded pairing, with the randomness it had. */
function start(exchange: typeof recorded, secret?: PairingSecret) {
  const seed = bytes(exchange.a.seed);
  const { name, platform, model, kind, grants } = JSON.parse(exchange.identity_a);
  const joiner: Joiner = {
    identity: identityFromSecrets(seed.slice(0, 32), seed.slice(32)),
    profile: { name, platform, model, kind, grants },
    app: JSON.parse(exchange.begin_call.hello).app,
  };
  const entropy = { scalar: bytes(exchange.a.scalar_entropy), nonce: bytes(exchange.a.nonce) };
  return begin(secret ?? secretOf(exchange), joiner, entropy);
}

function secretOf({ name, password, b }: typeof recorded): PairingSecret {
  return name === "code"
    ? { method: "code", code: password }
    : { method: "qr", secret: password, daemonId: b.id };
}

/** The code of the PairingError that `step` throws. */
function failure(step: () => unknown): PairingErrorCode | undefined {
  try {
    step();
  } catch (error) {
    return (error as PairingError).code;
  }
  return undefined;
}
