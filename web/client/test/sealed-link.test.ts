/** Noise and the framing above it against a link made by another implementation. */

import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes as bytes } from "@noble/hashes/utils.js";
import { beforeEach, describe, expect, it } from "vitest";
import { concat, hex, utf8 } from "../src/bytes.ts";
import { cryptosign } from "../src/cryptosign.ts";
import { identityFromSecrets } from "../src/identity.ts";
import { CipherState, NoiseInitiator } from "../src/noise.ts";
import { FrameOpener, FrameSealer, SealedLinkError } from "../src/sealed-frames.ts";
import { NoiseResponder } from "./peer/noise-responder.ts";
import { keyPair, vector } from "./vectors.ts";

const link = vector("sealed-link.json");
const initiatorOptions = {
  prologue: bytes(link.prologue),
  localStatic: keyPair(link.initiator_static),
  remoteStatic: bytes(link.responder_static.public),
  ephemeral: keyPair(link.initiator_ephemeral),
};

describe("the handshake", () => {
  it("is the other implementation's, message by message", () => {
    const [first, second] = link.handshake_messages;
    const initiator = new NoiseInitiator(initiatorOptions);
    expect(hex(initiator.writeMessage())).toBe(first);
    expect(hex(initiator.readMessage(bytes(second)).hash)).toBe(link.handshake_hash);
  });

  it("fails when the prologues differ", () => {
    const prologue = utf8("deskconn-wamp-v1another");
    const initiator = new NoiseInitiator({ ...initiatorOptions, prologue });
    const responder = responderOf(link);
    expect(() => responder.readMessage(initiator.writeMessage())).toThrow();
  });

  it("fails when the answer was changed or cut", () => {
    const second = bytes(link.handshake_messages[1]);
    for (const answer of [
      second.map((byte, i) => (i === 47 ? byte ^ 1 : byte)),
      second.subarray(1),
    ]) {
      const initiator = new NoiseInitiator(initiatorOptions);
      initiator.writeMessage();
      expect(() => initiator.readMessage(answer)).toThrow();
    }
  });

  it("binds to the prologue of docs/protocol.md", () => {
    expect(utf8(`deskconn-wamp-v1${link.daemon_id}`)).toEqual(bytes(link.prologue));
  });
});

describe("the frames", () => {
  let sealer: Record<string, FrameSealer>;
  let opener: Record<string, FrameOpener>;

  beforeEach(() => {
    const { initiator_to_responder, responder_to_initiator } = link.transport_keys;
    const keyOf = { initiator: initiator_to_responder, responder: responder_to_initiator };
    sealer = mapValues(keyOf, (key) => new FrameSealer(new CipherState(bytes(key))));
    opener = mapValues(keyOf, (key) => new FrameOpener(new CipherState(bytes(key))));
  });

  it("are the other implementation's, in both directions", () => {
    for (const { from, message, pieces, frames } of link.messages) {
      const opened = frames.map((frame: string) => opener[from]?.open(bytes(frame)));
      expect(opened.at(-1)).toEqual(utf8(message));
      expect(opened.slice(0, -1).every((early: unknown) => early === undefined)).toBe(true);
      if (!pieces) {
        expect(sealer[from]?.seal(utf8(message)).map(hex)).toEqual(frames);
      }
    }
  });

  it("carry a message that does not fit into one", () => {
    const { message_length, message_sha256, frames } = link.fragmented;
    const message = Uint8Array.from({ length: message_length }, (_, i) => i % 251);
    expect(hex(sha256(message))).toBe(message_sha256);
    for (const { from, message: text } of link.messages) {
      if (from === "initiator") {
        sealer[from]?.seal(utf8(text)).map((frame) => opener[from]?.open(frame));
      }
    }
    const sealed = sealer.initiator?.seal(message) ?? [];
    expect(sealed.map((frame) => ({ length: frame.length, sha256: hex(sha256(frame)) }))).toEqual(
      frames.map(({ length, sha256 }: { length: number; sha256: string }) => ({ length, sha256 })),
    );
    const opened = sealed.map((frame) => opener.initiator?.open(frame));
    expect(opened).toEqual([undefined, undefined, message]);
  });

  it("take a new key after 2^20 of them", () => {
    const [before, after] = link.rekey.frames;
    const key = bytes(link.transport_keys.initiator_to_responder);
    const sending = new FrameSealer(new CipherState(key, before.nonce));
    expect(sending.seal(utf8("before")).map(hex)).toEqual([before.frame]);
    expect(sending.seal(utf8("after")).map(hex)).toEqual([after.frame]);
    const receiving = new FrameOpener(new CipherState(key, before.nonce));
    expect(receiving.open(bytes(before.frame))).toEqual(utf8("before"));
    expect(receiving.open(bytes(after.frame))).toEqual(utf8("after"));
  });

  it("carry an empty message", () => {
    const [frame] = sealer.initiator?.seal(new Uint8Array(0)) ?? [];
    expect(opener.initiator?.open(frame as Uint8Array)).toEqual(new Uint8Array(0));
  });

  it("end the link when one is changed, repeated, left out or out of order", () => {
    const [one, two] = ["one", "two"].map(
      (text) => sealer.initiator?.seal(utf8(text))[0] as Uint8Array,
    );
    const changed = (one as Uint8Array).map((byte, i) => (i === 3 ? byte ^ 1 : byte));
    expect(() => opener.initiator?.open(changed)).toThrow(SealedLinkError);
    expect(() => opener.initiator?.open(two as Uint8Array)).toThrow(SealedLinkError);
    opener.initiator?.open(one as Uint8Array);
    expect(() => opener.initiator?.open(one as Uint8Array)).toThrow(SealedLinkError);
  });

  it("end the link when one has no known marker", () => {
    for (const plaintext of [new Uint8Array(0), Uint8Array.of(2, 1)]) {
      const key = new Uint8Array(32);
      const frame = new CipherState(key).encrypt(plaintext);
      expect(() => new FrameOpener(new CipherState(key)).open(frame)).toThrow(SealedLinkError);
    }
  });

  it("end the link when a message never seems to end", () => {
    const key = new Uint8Array(32);
    const sending = new CipherState(key);
    const receiving = new FrameOpener(new CipherState(key));
    const piece = concat(Uint8Array.of(1), new Uint8Array(65_518));
    const flood = () => {
      for (let sent = 0; sent <= 16 * 2 ** 20; sent += 65_518) {
        receiving.open(sending.encrypt(piece));
      }
    };
    expect(flood).toThrow(SealedLinkError);
  });
});

describe("cryptosign", () => {
  const { ed25519_secret, device_id, challenge, signature } = link.cryptosign;
  const identity = identityFromSecrets(bytes(ed25519_secret), new Uint8Array(32).fill(1));
  const auth = cryptosign(identity, () => bytes(link.handshake_hash));

  it("signs the challenge bound to the link", () => {
    expect(auth.authid).toBe(device_id);
    expect(auth.sign({ challenge, channel_binding: "x-noise-h" })).toBe(signature);
  });

  it("answers as the recorded device does", () => {
    const known = vector("cryptosign.json");
    const seed = bytes(known.seed);
    const device = identityFromSecrets(seed.slice(0, 32), seed.slice(32));
    const { authid, sign } = cryptosign(device, () => bytes(known.channel_binding));
    expect(authid).toBe(known.id);
    expect(sign({ challenge: known.challenge, channel_binding: "x-noise-h" })).toBe(known.answer);
  });

  it("signs nothing that is not bound to the link", () => {
    expect(() => auth.sign({ challenge })).toThrow();
    expect(() => auth.sign({ challenge, channel_binding: "tls-unique" })).toThrow();
    expect(() =>
      auth.sign({ challenge: `${challenge}00`, channel_binding: "x-noise-h" }),
    ).toThrow();
  });
});

function responderOf(fields: typeof link): NoiseResponder {
  return new NoiseResponder({
    prologue: bytes(fields.prologue),
    localStatic: keyPair(fields.responder_static),
    ephemeral: keyPair(fields.responder_ephemeral),
  });
}

function mapValues<T, U>(from: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value)]));
}
