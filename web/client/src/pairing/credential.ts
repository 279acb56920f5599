/** The identities that cross in a pairing: who each side is, signed for this exchange only. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, hex, parseHex, parseObject, parseUtf8, utf8 } from "../bytes.ts";
import { clean } from "../clean.ts";
import type { Identity } from "../identity.ts";
import type { Side } from "../spake2.ts";
import { PROTOCOL } from "./keys.ts";

/** What kind of program a device is; the daemon's answer is always `daemon`. */
export type DeviceKind = "phone" | "web" | "ext" | "cli" | "daemon";

/** How this device presents itself; shown on the computer's screen and in its device list. */
export interface Profile {
  readonly name: string;
  readonly platform: string;
  readonly model: string;
  readonly kind: DeviceKind;
  /** The grants asked for. */
  readonly grants: readonly string[];
}

/** What a verified identity of the other side says. */
export interface PeerCredential {
  readonly name: string;
  readonly platform: string;
  readonly model: string;
  readonly ed25519: Uint8Array;
  readonly x25519: Uint8Array;
  readonly grants: readonly string[];
}

/** The JSON of this device's identity, signed over the transcript hash. */
export function writeCredential(
  side: Side,
  identity: Identity,
  profile: Profile,
  th: Uint8Array,
): Uint8Array {
  const signed = signedBytes(side, th, identity.ed25519.public, identity.x25519.public);
  return utf8(
    JSON.stringify({
      name: profile.name,
      platform: profile.platform,
      model: profile.model,
      kind: profile.kind,
      ed25519: hex(identity.ed25519.public),
      x25519: hex(identity.x25519.public),
      grants: profile.grants,
      sig: hex(ed25519.sign(signed, identity.ed25519.secret)),
    }),
  );
}

/**
 * Reads the other side's identity and checks its signature.
 *
 * @returns The identity, or `undefined` when a field is missing or the signature is not the key's.
 */
export function readCredential(
  side: Side,
  plaintext: Uint8Array,
  th: Uint8Array,
): PeerCredential | undefined {
  const fields = parseJsonObject(plaintext);
  const signing = parseHex(fields?.ed25519, 32);
  const agreement = parseHex(fields?.x25519, 32);
  const signature = parseHex(fields?.sig, 64);
  if (fields === undefined || !signing || !agreement || !signature) {
    return undefined;
  }
  if (!ed25519.verify(signature, signedBytes(side, th, signing, agreement), signing)) {
    return undefined;
  }
  const grants = Array.isArray(fields.grants) ? fields.grants : [];
  return {
    name: text(fields.name) || "unnamed",
    platform: text(fields.platform),
    model: text(fields.model),
    ed25519: signing,
    x25519: agreement,
    grants: grants.filter((grant) => typeof grant === "string"),
  };
}

/** The signed bytes start with a text no WAMP challenge starts with, and are longer than one. */
function signedBytes(
  side: Side,
  th: Uint8Array,
  signing: Uint8Array,
  agreement: Uint8Array,
): Uint8Array {
  return concat(utf8(`${PROTOCOL} identity ${side}`), th, signing, agreement);
}

function parseJsonObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    return parseObject(JSON.parse(parseUtf8(bytes) ?? ""));
  } catch {
    return undefined;
  }
}

/** A text of the other side, fit to be shown. */
function text(value: unknown): string {
  return typeof value === "string" ? clean(value) : "";
}
