/** Bytes in and out of text: the few conversions the protocol is made of. */

import { hexToBytes } from "@noble/hashes/utils.js";

export {
  bytesToHex as hex,
  concatBytes as concat,
  utf8ToBytes as utf8,
} from "@noble/hashes/utils.js";

/**
 * Random bytes from the browser.
 *
 * `crypto.getRandomValues` is the one part of Web Crypto a page from `http://192.168.…` may use:
 * `crypto.subtle` and `crypto.randomUUID` need a secure context.
 */
export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** `lp(x)` of docs/protocol.md section 3: the length as four bytes, big endian, then `x`. */
export function lengthPrefixed(x: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + x.length);
  new DataView(out.buffer).setUint32(0, x.length);
  out.set(x, 4);
  return out;
}

/** `a XOR b`, for two values of the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length !== b.length) {
    throw new RangeError("only values of the same length can be combined");
  }
  return a.map((byte, i) => byte ^ (b[i] as number));
}

/** Whether two values are equal, in a time that depends on their length only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  return xor(a, b).reduce((seen, byte) => seen | byte, 0) === 0;
}

/**
 * Reads hex that came from a peer.
 *
 * @param value Anything; only a string of hex digits is accepted.
 * @param length The number of bytes it must hold, if that is fixed.
 * @returns The bytes, or `undefined` when the value is not what it should be.
 */
export function parseHex(value: unknown, length?: number): Uint8Array | undefined {
  if (typeof value !== "string" || !/^([0-9a-f]{2})*$/i.test(value)) {
    return undefined;
  }
  if (length !== undefined && value.length !== 2 * length) {
    return undefined;
  }
  return hexToBytes(value);
}

/** The UTF-8 text in `bytes`, or `undefined` when they are not UTF-8. */
export function parseUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lower-case RFC 4648 base32 without padding. */
export function base32(bytes: Uint8Array): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  let out = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += alphabet[(held >> bits) & 31];
    }
  }
  return bits > 0 ? out + alphabet[(held << (5 - bits)) & 31] : out;
}

/** A string-keyed object that came from a peer, or `undefined` when the value is anything else. */
export function parseObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined;
  }
  return value as Record<string, unknown>;
}
