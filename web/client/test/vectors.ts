/** The vectors every implementation of the protocol is held to, as they lie in `protocol/vectors`. */

import { readFileSync } from "node:fs";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { KeyPair } from "../src/identity.ts";

const folder = new URL("../../../protocol/vectors/", import.meta.url);

/** The parsed content of one file. */
// biome-ignore lint/suspicious/noExplicitAny: the files are data; a wrong field fails its test.
export function vector(name: string): any {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

/** A key pair written as `{secret, public}` in hex. */
export function keyPair(fields: { secret: string; public: string }): KeyPair {
  return { secret: hexToBytes(fields.secret), public: hexToBytes(fields.public) };
}
