/**
 * `Noise_IK_25519_ChaChaPoly_SHA256`, the initiator's side.
 *
 * The names are those of the Noise Protocol Framework, revision 34. Only what IK needs is here.
 */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, randomBytes, utf8 } from "./bytes.ts";
import { type KeyPair, x25519KeyPair } from "./identity.ts";

/** Exactly 32 bytes long, so it is the first handshake hash as it stands (section 5.2). */
const PROTOCOL_NAME = utf8("Noise_IK_25519_ChaChaPoly_SHA256");
const EMPTY = new Uint8Array(0);

/** Octets an authentication tag adds to a plaintext. */
export const TAG_LENGTH = 16;

/** One direction of a link: a key and the nonce of the next message (section 5.1). */
export class CipherState {
  #key: Uint8Array;
  #nonce: number;

  /** @param nonce The nonce of the next message; a fresh link starts at zero. */
  constructor(key: Uint8Array, nonce = 0) {
    this.#key = key;
    this.#nonce = nonce;
  }

  /** How many messages this direction has seen. */
  get nonce(): number {
    return this.#nonce;
  }

  /** `EncryptWithAd`. */
  encrypt(plaintext: Uint8Array, ad: Uint8Array = EMPTY): Uint8Array {
    const sealed = chacha20poly1305(this.#key, nonceBytes(BigInt(this.#nonce)), ad).encrypt(
      plaintext,
    );
    this.#nonce += 1;
    return sealed;
  }

  /** `DecryptWithAd`. @throws Error when the message was not sealed by the peer for this place. */
  decrypt(ciphertext: Uint8Array, ad: Uint8Array = EMPTY): Uint8Array {
    const opened = chacha20poly1305(this.#key, nonceBytes(BigInt(this.#nonce)), ad).decrypt(
      ciphertext,
    );
    this.#nonce += 1;
    return opened;
  }

  /** `Rekey()`: a one-way step to a new key; the nonce goes on (section 4.2). */
  rekey(): void {
    const last = nonceBytes(2n ** 64n - 1n);
    this.#key = chacha20poly1305(this.#key, last).encrypt(new Uint8Array(32)).slice(0, 32);
  }
}

/** The running hash and chaining key of a handshake (section 5.2). */
export class SymmetricState {
  #chainingKey: Uint8Array = PROTOCOL_NAME;
  #hash: Uint8Array = PROTOCOL_NAME;
  #cipher: CipherState | undefined;

  /** The handshake hash so far; after the last message it names this very link. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concat(this.#hash, data));
  }

  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = expand(this.#chainingKey, material);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher?.encrypt(plaintext, this.#hash) ?? plaintext;
    this.mixHash(sealed);
    return sealed;
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const opened = this.#cipher?.decrypt(sealed, this.#hash) ?? sealed;
    this.mixHash(sealed);
    return opened;
  }

  /** The two directions of the finished link: initiator to responder, then back. */
  split(): [CipherState, CipherState] {
    const [there, back] = expand(this.#chainingKey, EMPTY);
    return [new CipherState(there), new CipherState(back)];
  }
}

/** What a finished handshake leaves behind. */
export interface NoiseLink {
  readonly send: CipherState;
  readonly receive: CipherState;
  /** The handshake hash, 32 bytes: the channel binding `x-noise-h`. */
  readonly hash: Uint8Array;
}

/** What the initiator knows before it starts. */
export interface InitiatorOptions {
  /** Bytes both sides must agree on, or the handshake fails. */
  readonly prologue: Uint8Array;
  readonly localStatic: KeyPair;
  /** The responder's public key, known from pairing. */
  readonly remoteStatic: Uint8Array;
  /** Fixed by vectors only; a link must use a fresh one. */
  readonly ephemeral?: KeyPair;
}

/** The initiator of IK: `-> e, es, s, ss` then `<- e, ee, se`, both with an empty payload. */
export class NoiseInitiator {
  readonly #state = new SymmetricState();
  readonly #local: KeyPair;
  readonly #remote: Uint8Array;
  readonly #ephemeral: KeyPair;

  constructor({ prologue, localStatic, remoteStatic, ephemeral }: InitiatorOptions) {
    this.#local = localStatic;
    this.#remote = remoteStatic;
    this.#ephemeral = ephemeral ?? x25519KeyPair(randomBytes(32));
    this.#state.mixHash(prologue);
    this.#state.mixHash(remoteStatic);
  }

  /** Message 1, 96 octets. Call it once. */
  writeMessage(): Uint8Array {
    const state = this.#state;
    state.mixHash(this.#ephemeral.public);
    state.mixKey(x25519.getSharedSecret(this.#ephemeral.secret, this.#remote));
    const sealedStatic = state.encryptAndHash(this.#local.public);
    state.mixKey(x25519.getSharedSecret(this.#local.secret, this.#remote));
    return concat(this.#ephemeral.public, sealedStatic, state.encryptAndHash(EMPTY));
  }

  /**
   * Takes message 2 and finishes.
   *
   * @throws Error when the message is not the answer of the responder this handshake is meant for.
   */
  readMessage(message: Uint8Array): NoiseLink {
    if (message.length !== 48) {
      throw new RangeError("the second handshake message has 48 octets");
    }
    const state = this.#state;
    const remoteEphemeral = message.subarray(0, 32);
    state.mixHash(remoteEphemeral);
    state.mixKey(x25519.getSharedSecret(this.#ephemeral.secret, remoteEphemeral));
    state.mixKey(x25519.getSharedSecret(this.#local.secret, remoteEphemeral));
    state.decryptAndHash(message.subarray(32));
    const [send, receive] = state.split();
    return { send, receive, hash: state.hash };
  }
}

/** Noise's HKDF with two outputs, which is RFC 5869's with an empty info (section 4.3). */
function expand(chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const out = hkdf(sha256, material, chainingKey, EMPTY, 64);
  return [out.slice(0, 32), out.slice(32)];
}

/** ChaChaPoly's nonce: 32 zero bits, then the number in little endian (section 12.3). */
function nonceBytes(nonce: bigint): Uint8Array {
  const out = new Uint8Array(12);
  new DataView(out.buffer).setBigUint64(4, nonce, true);
  return out;
}
