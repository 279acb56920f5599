/** The key schedule of `deskconn-pair-v1`: what the transcript and the SPAKE2 key are made into. */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, lengthPrefixed, utf8 } from "../bytes.ts";
import type { Side } from "../spake2.ts";

/** The protocol's name; it opens the transcript and every label. */
export const PROTOCOL = "deskconn-pair-v1";

/** Each `encrypt` key seals a single message, so the nonce is never repeated. */
const ZERO_NONCE = new Uint8Array(12);

/** The four messages the transcript covers, as they were sent. */
export interface Transcript {
  readonly helloA: string;
  readonly helloB: string;
  /** With its side octet. */
  readonly shareA: Uint8Array;
  /** With its side octet. */
  readonly shareB: Uint8Array;
}

/** Everything derived for one exchange. */
export interface PairingKeys {
  /** The transcript hash. */
  readonly th: Uint8Array;
  readonly confirm: Readonly<Record<Side, Uint8Array>>;
  readonly encrypt: Readonly<Record<Side, Uint8Array>>;
  /** Eight bytes; the verifier words come from the first two. */
  readonly verifier: Uint8Array;
}

/** An identity on the wire. */
export interface SealedIdentity {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** `th`: the SHA-256 of the protocol's name and the four messages, each with its length before it. */
export function transcriptHash({ helloA, helloB, shareA, shareB }: Transcript): Uint8Array {
  const parts = [utf8(PROTOCOL), utf8(helloA), utf8(helloB), shareA, shareB];
  return sha256(concat(...parts.map(lengthPrefixed)));
}

/** Derives the keys of an exchange from its transcript hash and its SPAKE2 key. */
export function deriveKeys(th: Uint8Array, key: Uint8Array): PairingKeys {
  const prk = extract(sha256, key, th);
  const derive = (label: string, length = 32) =>
    expand(sha256, prk, utf8(`${PROTOCOL} ${label}`), length);
  return {
    th,
    confirm: { A: derive("confirm A"), B: derive("confirm B") },
    encrypt: { A: derive("encrypt A"), B: derive("encrypt B") },
    verifier: derive("verifier", 8),
  };
}

/** Seals the identity of `side` and tags it. */
export function seal(keys: PairingKeys, side: Side, plaintext: Uint8Array): SealedIdentity {
  const ciphertext = chacha20poly1305(keys.encrypt[side], ZERO_NONCE, keys.th).encrypt(plaintext);
  return { ciphertext, tag: confirmationTag(keys, side, ciphertext) };
}

/**
 * Opens what `side` sealed.
 *
 * @returns The plaintext, or `undefined` when the tag is not that of somebody who knows the secret.
 */
export function open(
  keys: PairingKeys,
  side: Side,
  sealed: SealedIdentity,
): Uint8Array | undefined {
  if (!equalBytes(sealed.tag, confirmationTag(keys, side, sealed.ciphertext))) {
    return undefined;
  }
  try {
    return chacha20poly1305(keys.encrypt[side], ZERO_NONCE, keys.th).decrypt(sealed.ciphertext);
  } catch {
    return undefined;
  }
}

/** `HMAC-SHA256(confirm, th ‖ ciphertext)`: proof of knowing the secret, explicit because the cipher commits to no key. */
function confirmationTag(keys: PairingKeys, side: Side, ciphertext: Uint8Array): Uint8Array {
  return hmac(sha256, keys.confirm[side], concat(keys.th, ciphertext));
}
