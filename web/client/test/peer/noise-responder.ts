/** The responder of Noise IK: the daemon's side, for tests only. */

import { x25519 } from "@noble/curves/ed25519.js";
import { concat, randomBytes } from "../../src/bytes.ts";
import { type KeyPair, x25519KeyPair } from "../../src/identity.ts";
import { type NoiseLink, SymmetricState } from "../../src/noise.ts";

interface ResponderOptions {
  readonly prologue: Uint8Array;
  readonly localStatic: KeyPair;
  readonly ephemeral?: KeyPair;
}

export class NoiseResponder {
  readonly #state = new SymmetricState();
  readonly #local: KeyPair;
  readonly #ephemeral: KeyPair;
  #remoteEphemeral = new Uint8Array(0);
  #remoteStatic = new Uint8Array(0);

  constructor({ prologue, localStatic, ephemeral }: ResponderOptions) {
    this.#local = localStatic;
    this.#ephemeral = ephemeral ?? x25519KeyPair(randomBytes(32));
    this.#state.mixHash(prologue);
    this.#state.mixHash(localStatic.public);
  }

  /** Takes message 1. @returns the initiator's public key. */
  readMessage(message: Uint8Array): Uint8Array {
    const state = this.#state;
    this.#remoteEphemeral = message.slice(0, 32);
    state.mixHash(this.#remoteEphemeral);
    state.mixKey(x25519.getSharedSecret(this.#local.secret, this.#remoteEphemeral));
    this.#remoteStatic = state.decryptAndHash(message.slice(32, 80)).slice();
    state.mixKey(x25519.getSharedSecret(this.#local.secret, this.#remoteStatic));
    state.decryptAndHash(message.slice(80));
    return this.#remoteStatic;
  }

  /** Message 2, and the link it makes. */
  writeMessage(): { message: Uint8Array; link: NoiseLink } {
    const state = this.#state;
    state.mixHash(this.#ephemeral.public);
    state.mixKey(x25519.getSharedSecret(this.#ephemeral.secret, this.#remoteEphemeral));
    state.mixKey(x25519.getSharedSecret(this.#ephemeral.secret, this.#remoteStatic));
    const message = concat(this.#ephemeral.public, state.encryptAndHash(new Uint8Array(0)));
    const [receive, send] = state.split();
    return { message, link: { send, receive, hash: state.hash } };
  }
}
