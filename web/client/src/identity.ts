/** A device's identity: one key that signs, one key that opens sealed links (docs/protocol.md section 3). */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base32, concat, randomBytes, utf8 } from "./bytes.ts";

/** The two halves of a key; both are 32 bytes. */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

/** What makes this device this device. The secret halves never leave it. */
export interface Identity {
  /** `deviceId(ed25519.public)`. */
  readonly id: string;
  /** Signs pairing identities and cryptosign challenges. */
  readonly ed25519: KeyPair;
  /** The static key of sealed links. */
  readonly x25519: KeyPair;
}

/** Makes a new identity from fresh random keys. */
export function generateIdentity(): Identity {
  return identityFromSecrets(randomBytes(32), randomBytes(32));
}

/** Rebuilds an identity from its two stored 32-byte secrets. */
export function identityFromSecrets(ed25519Secret: Uint8Array, x25519Secret: Uint8Array): Identity {
  const signing = { secret: ed25519Secret, public: ed25519.getPublicKey(ed25519Secret) };
  return { id: deviceId(signing.public), ed25519: signing, x25519: x25519KeyPair(x25519Secret) };
}

/** The X25519 key pair of a 32-byte secret. */
export function x25519KeyPair(secret: Uint8Array): KeyPair {
  return { secret, public: x25519.getPublicKey(secret) };
}

/**
 * The device id of an Ed25519 public key: base32 of the first 20 bytes of
 * `SHA-256("deskconn-id" ‖ key)`. The id is the key's hash, so nobody can claim it without the key.
 */
export function deviceId(ed25519Public: Uint8Array): string {
  return base32(sha256(concat(utf8("deskconn-id"), ed25519Public)).subarray(0, 20));
}

/** Whether `value` is written like a device id: 32 characters of base32. */
export function isDeviceId(value: unknown): value is string {
  return typeof value === "string" && /^[a-z2-7]{32}$/.test(value);
}
