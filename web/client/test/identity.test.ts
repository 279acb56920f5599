import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, it } from "vitest";
import { deviceId, generateIdentity, identityFromSecrets, isDeviceId } from "../src/identity.ts";
import { vector } from "./vectors.ts";

it("derives the device id from the signing key", () => {
  const { ed25519_public, device_id } = vector("sealed-link.json").cryptosign;
  expect(deviceId(hexToBytes(ed25519_public))).toBe(device_id);
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
