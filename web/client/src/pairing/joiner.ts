/**
 * The joining side of `deskconn-pair-v1` as a machine without a network: each step takes what the
 * daemon said and gives what to say next.
 *
 * ```text
 * begin(…)          → hello A, share X
 *   .answer(reply)  → exchange, ciphertext A, tag A      (the only guess a false daemon gets)
 *     .finish(reply) → the daemon's identity, the verifier words
 * ```
 */

import { hex, parseHex, parseObject, randomBytes } from "../bytes.ts";
import { deviceId, type Identity, isDeviceId } from "../identity.ts";
import { type Spake2, startSpake2 } from "../spake2.ts";
import { verifierWords } from "../words.ts";
import { type Profile, readCredential, writeCredential } from "./credential.ts";
import { PairingError } from "./error.ts";
import { deriveKeys, open, type PairingKeys, PROTOCOL, seal, transcriptHash } from "./keys.ts";

/** Protocol versions this side speaks. */
const VERSIONS = [1];
/** The longest text the daemon may send, in UTF-16 units. */
const MAX_TEXT = 4096;

/** The one-time secret, and with it the method: a typed code or a scanned QR link. */
export type PairingSecret =
  | { readonly method: "code"; readonly code: string }
  | {
      readonly method: "qr";
      readonly secret: string;
      /** The device id in the link; the daemon must prove to be this one. */
      readonly daemonId: string;
    };

/** Who is joining. */
export interface Joiner {
  readonly identity: Identity;
  readonly profile: Profile;
  /** The program, as `name/version`. */
  readonly app: string;
}

/** A computer this device may now talk to. */
export interface PairedDaemon {
  readonly id: string;
  readonly name: string;
  readonly ed25519: Uint8Array;
  /** The key sealed links to it are opened with. */
  readonly x25519: Uint8Array;
  /** What the computer allows this device to use. */
  readonly grants: readonly string[];
}

/** A finished pairing. */
export interface Pairing {
  readonly daemon: PairedDaemon;
  /** Shown on both screens; a person may compare them. */
  readonly words: readonly [string, string];
}

/** The randomness of one exchange; vectors fix it, everyone else leaves it out. */
export interface PairingEntropy {
  /** 64 bytes for the SPAKE2 scalar. */
  readonly scalar: Uint8Array;
  /** 16 bytes for the hello. */
  readonly nonce: Uint8Array;
}

/** After `begin`: message 1, and what to do with its answer. */
export interface BeginStep {
  readonly kwargs: { readonly hello: string; readonly share: string };
  /** @throws PairingError `malformed`, `version` or `impostor`. */
  answer(reply: unknown): ConfirmStep;
}

/** After the daemon's hello: message 3, and what to do with its answer. */
export interface ConfirmStep {
  readonly kwargs: {
    readonly exchange: unknown;
    readonly ciphertext: string;
    readonly tag: string;
  };
  /** Whether the computer's owner is asked before it answers, which takes them up to 45 seconds. */
  readonly asks: boolean;
  /** The verifier words, for the owner to compare with those on the computer meanwhile. */
  readonly words: readonly [string, string];
  /** @throws PairingError `malformed` or `impostor`. */
  finish(reply: unknown): Pairing;
}

/** Starts an exchange. The secret is used for this one only. */
export function begin(
  secret: PairingSecret,
  joiner: Joiner,
  entropy: PairingEntropy = { scalar: randomBytes(64), nonce: randomBytes(16) },
): BeginStep {
  const hello = JSON.stringify({
    v: VERSIONS,
    m: secret.method,
    nonce: hex(entropy.nonce),
    kind: joiner.profile.kind,
    app: joiner.app,
  });
  const password = secret.method === "code" ? secret.code : secret.secret;
  const setup = { password, identityA: `${PROTOCOL} A`, identityB: `${PROTOCOL} B` };
  const spake2 = startSpake2("A", setup, entropy.scalar);
  return {
    kwargs: { hello, share: hex(spake2.share) },
    answer: (reply) => confirm(reply, hello, spake2, secret, joiner),
  };
}

/** Takes the daemon's hello and share; sends who we are, sealed for whoever knows the secret. */
function confirm(
  reply: unknown,
  helloA: string,
  spake2: Spake2,
  secret: PairingSecret,
  { identity, profile }: Joiner,
): ConfirmStep {
  const { exchange, hello: helloB, share } = parseObject(reply) ?? {};
  const shareB = parseHex(share, 33);
  if (exchange === undefined || typeof helloB !== "string" || !shareB) {
    throw malformed("the computer's first answer is incomplete");
  }
  const { id: claimedId, asks } = parseHello(helloB);
  if (secret.method === "qr" && claimedId !== secret.daemonId) {
    throw impostor("another computer answered than the one in the link");
  }
  const keys = agree(spake2, { helloA, helloB, shareB });
  const sealed = seal(keys, "A", writeCredential("A", identity, profile, keys.th));
  return {
    kwargs: { exchange, ciphertext: hex(sealed.ciphertext), tag: hex(sealed.tag) },
    asks,
    words: verifierWords(keys.verifier),
    finish: (answer) => finish(answer, keys, claimedId),
  };
}

/** Checks that the daemon knows the secret too, and that it is who it said it is. */
function finish(reply: unknown, keys: PairingKeys, claimedId: string): Pairing {
  const fields = parseObject(reply) ?? {};
  const ciphertext = parseHex(fields.ciphertext);
  const tag = parseHex(fields.tag, 32);
  if (!ciphertext || !tag || ciphertext.length > MAX_TEXT) {
    throw malformed("the computer's second answer is incomplete");
  }
  const plaintext = open(keys, "B", { ciphertext, tag });
  if (!plaintext) {
    throw impostor("the computer could not prove that it knows the code");
  }
  const credential = readCredential("B", plaintext, keys.th);
  if (!credential || deviceId(credential.ed25519) !== claimedId) {
    throw impostor("the computer's identity does not fit its id");
  }
  const { name, ed25519, x25519, grants } = credential;
  const daemon = { id: claimedId, name, ed25519, x25519, grants };
  return { daemon, words: verifierWords(keys.verifier) };
}

/** The device id the daemon claims in its hello, and whether it asks its owner. */
function parseHello(hello: string): { id: string; asks: boolean } {
  if (hello.length > MAX_TEXT) {
    throw malformed("the computer's hello is too long");
  }
  let fields: Record<string, unknown> | undefined;
  try {
    fields = parseObject(JSON.parse(hello));
  } catch {
    fields = undefined;
  }
  if (!fields || !parseHex(fields.nonce, 16) || !isDeviceId(fields.id)) {
    throw malformed("the computer's hello is not understood");
  }
  if (!VERSIONS.includes(fields.v as number)) {
    throw new PairingError("version", "the computer speaks another version of pairing");
  }
  return { id: fields.id, asks: fields.asks === true };
}

function agree(
  spake2: Spake2,
  { helloA, helloB, shareB }: { helloA: string; helloB: string; shareB: Uint8Array },
): PairingKeys {
  const th = transcriptHash({ helloA, helloB, shareA: spake2.share, shareB });
  try {
    return deriveKeys(th, spake2.finish(shareB));
  } catch (cause) {
    throw new PairingError("malformed", "the computer's share is not a valid one", { cause });
  }
}

function malformed(message: string): PairingError {
  return new PairingError("malformed", message);
}

function impostor(message: string): PairingError {
  return new PairingError("impostor", message);
}
