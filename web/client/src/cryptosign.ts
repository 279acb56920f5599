/** WAMP-cryptosign bound to the sealed link it is spoken over (docs/protocol.md section 5). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { hex, parseHex, xor } from "./bytes.ts";
import type { Identity } from "./identity.ts";
import type { Auth } from "./wamp/join.ts";

/** The channel binding: the Noise handshake hash. */
const CHANNEL_BINDING = "x-noise-h";

/**
 * Authentication by this device's signing key.
 *
 * What is signed is `challenge XOR handshake hash`, so a signature is worth nothing on any other
 * link. It is the only bare 32-byte value the key ever signs.
 *
 * @param handshakeHash The hash of the link the session is being joined over.
 */
export function cryptosign(identity: Identity, handshakeHash: () => Uint8Array): Auth {
  return {
    method: "cryptosign",
    authid: identity.id,
    extra: { pubkey: hex(identity.ed25519.public), channel_binding: CHANNEL_BINDING },
    sign: (details) => {
      const challenge = parseHex(details.challenge, 32);
      if (!challenge || details.channel_binding !== CHANNEL_BINDING) {
        throw new Error("the challenge is not bound to the sealed link");
      }
      const signed = xor(challenge, handshakeHash());
      return hex(ed25519.sign(signed, identity.ed25519.secret)) + hex(signed);
    },
  };
}
