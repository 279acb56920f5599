/**
 * SPAKE2 over Ed25519, wire-compatible with the `spake2` crate of RustCrypto (not RFC 9382).
 *
 * Two sides that know the same short password end with the same key; somebody who does not know it
 * gets one guess per exchange. JavaScript's big integers do not run in constant time; passwords here
 * are random, used once and guarded by a cap on attempts, so timing tells nothing worth knowing.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, hex, randomBytes, utf8 } from "./bytes.ts";

const Point = ed25519.Point;
type Point = InstanceType<typeof Point>;

/** The order of the group's prime subgroup. */
const ORDER = Point.Fn.ORDER;

/** The blinding points of the two sides: nobody knows their discrete logarithms. */
const BLINDING = {
  A: Point.fromHex("15cfd18e385952982b6a8f8c7854963b58e34388c8e6dae891db756481a02312"),
  B: Point.fromHex("f04f2e7eb734b2a8f8b472eaf9c3c632576ac64aea650b496a8a20ff00e583c3"),
};

/** Which side of the exchange this is; the joining device is A. */
export type Side = "A" | "B";

/** What both sides must agree on beforehand. */
export interface Spake2Setup {
  readonly password: string;
  readonly identityA: string;
  readonly identityB: string;
}

/** An exchange under way: `share` goes to the peer, `finish` takes the peer's share. */
export interface Spake2 {
  /** 33 bytes: the side's letter, then a point. */
  readonly share: Uint8Array;
  /**
   * The shared key, 32 bytes. It is equal on both sides only if the passwords were.
   *
   * @throws RangeError when the peer's share is not a share of the other side.
   */
  finish(peerShare: Uint8Array): Uint8Array;
}

/**
 * Starts an exchange.
 *
 * @param entropy 64 random bytes for this side's scalar (read little endian, modulo the order).
 */
export function startSpake2(
  side: Side,
  { password, identityA, identityB }: Spake2Setup,
  entropy: Uint8Array = randomBytes(64),
): Spake2 {
  const otherSide = side === "A" ? "B" : "A";
  const w = passwordScalar(password);
  const x = fromBigEndian(entropy.slice().reverse());
  const ownPoint = Point.BASE.multiply(x).add(BLINDING[side].multiply(w)).toBytes();

  const finish = (peerShare: Uint8Array): Uint8Array => {
    const peerPoint = parseShare(peerShare, otherSide);
    const shared = peerPoint.subtract(BLINDING[otherSide].multiply(w)).multiply(x).toBytes();
    const peerBytes = peerShare.subarray(1);
    const [pointA, pointB] = side === "A" ? [ownPoint, peerBytes] : [peerBytes, ownPoint];
    const hashes = [password, identityA, identityB].map((text) => sha256(utf8(text)));
    return sha256(concat(...hashes, pointA, pointB, shared));
  };
  return { share: concat(utf8(side), ownPoint), finish };
}

/** The point in a peer's share. Points outside the prime subgroup would leak bits of the scalar. */
function parseShare(share: Uint8Array, side: Side): Point {
  if (share.length !== 33 || share[0] !== side.charCodeAt(0)) {
    throw new RangeError(`not a share of side ${side}`);
  }
  let point: Point;
  try {
    point = Point.fromBytes(share.subarray(1));
  } catch {
    throw new RangeError("the share is not a point of the curve");
  }
  if (point.is0() || !point.isTorsionFree()) {
    throw new RangeError("the share is not a point of the prime subgroup");
  }
  return point;
}

/** The password as a scalar: 48 bytes of HKDF, big endian, modulo the order. */
function passwordScalar(password: string): bigint {
  const empty = new Uint8Array(0);
  return fromBigEndian(hkdf(sha256, utf8(password), empty, utf8("SPAKE2 pw"), 48));
}

/** A big-endian number modulo the order of the group. */
function fromBigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(bytes)}`) % ORDER;
}
