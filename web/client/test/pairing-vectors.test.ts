/** The key schedule and SPAKE2 against the known answer shared with the Rust side. */

import { hexToBytes as bytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { hex, utf8 } from "../src/bytes.ts";
import { deriveKeys, open, seal, transcriptHash } from "../src/pairing/keys.ts";
import { startSpake2 } from "../src/spake2.ts";
import { verifierWords } from "../src/words.ts";
import { vector } from "./vectors.ts";

const kat = vector("pairing-kat.json");
const setup = { password: kat.password, identityA: kat.identity_a, identityB: kat.identity_b };
const a = startSpake2("A", setup, bytes(kat.entropy_a));
const b = startSpake2("B", setup, bytes(kat.entropy_b));
const transcript = { helloA: kat.hello_a, helloB: kat.hello_b, shareA: a.share, shareB: b.share };
const keys = deriveKeys(transcriptHash(transcript), a.finish(b.share));

describe("the known answer of deskconn-pair-v1", () => {
  it("has the shares both implementations agree on", () => {
    expect(hex(a.share)).toBe(kat.share_a);
    expect(hex(b.share)).toBe(kat.share_b);
  });

  it("has one key on both sides", () => {
    expect(hex(a.finish(b.share))).toBe(kat.key);
    expect(hex(b.finish(a.share))).toBe(kat.key);
  });

  it("derives the keys", () => {
    expect({
      th: hex(keys.th),
      confirm_a: hex(keys.confirm.A),
      confirm_b: hex(keys.confirm.B),
      encrypt_a: hex(keys.encrypt.A),
      encrypt_b: hex(keys.encrypt.B),
      verifier: hex(keys.verifier),
      verifier_words: verifierWords(keys.verifier),
    }).toEqual({
      th: kat.th,
      confirm_a: kat.confirm_a,
      confirm_b: kat.confirm_b,
      encrypt_a: kat.encrypt_a,
      encrypt_b: kat.encrypt_b,
      verifier: kat.verifier,
      verifier_words: kat.verifier_words,
    });
  });

  it("seals and opens an identity", () => {
    const plaintext = utf8(kat.sealed.plaintext);
    const sealed = seal(keys, "A", plaintext);
    expect(hex(sealed.ciphertext)).toBe(kat.sealed.ciphertext);
    expect(hex(sealed.tag)).toBe(kat.sealed.tag);
    expect(open(keys, "A", sealed)).toEqual(plaintext);
  });

  it("does not open what the other side sealed, or what was changed on the way", () => {
    const sealed = seal(keys, "A", utf8("hello"));
    expect(open(keys, "B", sealed)).toBeUndefined();
    expect(open(keys, "A", { ...sealed, tag: flip(sealed.tag) })).toBeUndefined();
    expect(open(keys, "A", { ...sealed, ciphertext: flip(sealed.ciphertext) })).toBeUndefined();
  });
});

describe("SPAKE2", () => {
  it("gives different keys for different passwords", () => {
    const other = startSpake2("B", { ...setup, password: "48217306" }, bytes(kat.entropy_b));
    expect(hex(a.finish(other.share))).not.toBe(hex(other.finish(a.share)));
  });

  it("refuses its own share sent back, and shares that are none", () => {
    expect(() => a.finish(a.share)).toThrow(RangeError);
    expect(() => a.finish(b.share.subarray(0, 32))).toThrow(RangeError);
    expect(() => a.finish(Uint8Array.from([0x42, ...new Uint8Array(32).fill(0xff)]))).toThrow(
      RangeError,
    );
  });

  it("refuses points of small order", () => {
    const neutral = Uint8Array.from([0x42, 1, ...new Uint8Array(31)]);
    const orderFour = Uint8Array.from([0x42, ...new Uint8Array(32)]);
    expect(() => a.finish(neutral)).toThrow(RangeError);
    expect(() => a.finish(orderFour)).toThrow(RangeError);
  });
});

function flip(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
}
