/** The daemon's side of `deskconn-pair-v1`, for tests only: one window, one exchange at a time. */

import { hex, parseHex, randomBytes } from "../../src/bytes.ts";
import { deviceId, type Identity } from "../../src/identity.ts";
import {
  type PeerCredential,
  readCredential,
  writeCredential,
} from "../../src/pairing/credential.ts";
import {
  deriveKeys,
  open,
  type PairingKeys,
  PROTOCOL,
  seal,
  transcriptHash,
} from "../../src/pairing/keys.ts";
import { startSpake2 } from "../../src/spake2.ts";
import { Refusal } from "./refusal.ts";

/** The secrets of an open window; either may be missing. */
export interface PairingWindow {
  readonly code?: string;
  readonly qrSecret?: string;
}

type Kwargs = Record<string, unknown>;

const ATTEMPTS = 10;

export class PairingHost {
  /** Set to refuse the next `begin` this way. */
  refuseNext: Refusal | undefined;
  #window: PairingWindow = {};
  #attemptsLeft = ATTEMPTS;
  #exchange: { id: string; keys: PairingKeys } | undefined;
  readonly #identity: Identity;
  readonly #name: string;
  readonly #paired: (device: PeerCredential, id: string) => void;

  constructor(
    identity: Identity,
    name: string,
    paired: (device: PeerCredential, id: string) => void,
  ) {
    this.#identity = identity;
    this.#name = name;
    this.#paired = paired;
  }

  /** Set to ask the owner, who says no. */
  declines = false;

  openWindow(window: PairingWindow): void {
    this.#window = window;
    this.#attemptsLeft = ATTEMPTS;
  }

  begin({ hello, share }: Kwargs): Kwargs {
    const refusal = this.refuseNext;
    this.refuseNext = undefined;
    if (refusal) {
      throw refusal;
    }
    const { m } = JSON.parse(hello as string);
    const password = m === "code" ? this.#window.code : this.#window.qrSecret;
    if (password === undefined) {
      throw error("not_pairing", "this computer is not pairing", { hint: "run `deskconn pair`" });
    }
    const setup = { password, identityA: `${PROTOCOL} A`, identityB: `${PROTOCOL} B` };
    const spake2 = startSpake2("B", setup);
    const asks = this.declines ? { asks: true } : {};
    const nonce = hex(randomBytes(16));
    const helloB = JSON.stringify({ v: 1, nonce, id: this.#identity.id, ...asks });
    const shareA = parseHex(share, 33) as Uint8Array;
    const th = transcriptHash({
      helloA: hello as string,
      helloB,
      shareA,
      shareB: spake2.share,
    });
    const id = hex(randomBytes(16));
    this.#exchange = { id, keys: deriveKeys(th, spake2.finish(shareA)) };
    return { exchange: id, hello: helloB, share: hex(spake2.share) };
  }

  confirm({ exchange, ciphertext, tag }: Kwargs): Kwargs {
    if (!this.#exchange || this.#exchange.id !== exchange) {
      throw error("expired", "the pairing took too long");
    }
    const { keys } = this.#exchange;
    this.#exchange = undefined;
    const sealed = {
      ciphertext: parseHex(ciphertext) as Uint8Array,
      tag: parseHex(tag, 32) as Uint8Array,
    };
    const plaintext = open(keys, "A", sealed);
    if (!plaintext) {
      this.#attemptsLeft -= 1;
      throw error("bad_code", "wrong code", { attempts_left: this.#attemptsLeft });
    }
    const device = readCredential("A", plaintext, keys.th) as PeerCredential;
    this.#window = {};
    if (this.declines) {
      throw error("declined", "the owner did not let the device in");
    }
    this.#paired(device, deviceId(device.ed25519));
    const profile = {
      name: this.#name,
      platform: "Debian 13",
      model: "",
      kind: "daemon" as const,
      grants: device.grants,
    };
    const answer = seal(keys, "B", writeCredential("B", this.#identity, profile, keys.th));
    return { ciphertext: hex(answer.ciphertext), tag: hex(answer.tag) };
  }
}

function error(name: string, message: string, kwargs?: Kwargs): Refusal {
  return new Refusal(`org.deskconn.pairing.error.${name}`, message, kwargs);
}
