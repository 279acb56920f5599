import { hexToBytes as bytes } from "@noble/hashes/utils.js";
import { expect, it } from "vitest";
import { hex } from "../src/bytes.ts";
import { generateIdentity, identityFromSecrets, isDeviceId } from "../src/identity.ts";
import { vector } from "./vectors.ts";

interface IdCase {
  seed: string;
  ed25519: string;
  x25519: string;
  id: string;
}

const { ids }: { ids: IdCase[] } = vector("device-id.json");

it.each(ids)("derives the device id $id", ({ seed, ...shown }) => {
  const identity = identityFromSecrets(bytes(seed).slice(0, 32), bytes(seed).slice(32));
  expect({
    ed25519: hex(identity.ed25519.public),
    x25519: hex(identity.x25519.public),
    id: identity.id,
  }).toEqual(shown);
});

it("makes a new identity every time, and the same one from the same secrets", () => {
  const identity = generateIdentity();
  expect(isDeviceId(identity.id)).toBe(true);
  expect(generateIdentity().id).not.toBe(identity.id);
  expect(identityFromSecrets(identity.ed25519.secret, identity.x25519.secret)).toEqual(identity);
});

it("knows what is not a device id", () => {
  for (const value of ["", "a".repeat(31), "A".repeat(32), `${"a".repeat(31)}1`, 7, undefined]) {
    expect(isDeviceId(value)).toBe(false);
  }
});
