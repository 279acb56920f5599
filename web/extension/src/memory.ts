/** What the extension remembers: its own keys and the computer it is paired with, in `storage.local`. */

import {
  generateIdentity,
  type Identity,
  identityFromSecrets,
  type PairedDaemon,
} from "@deskconn/client";

/** The computer this browser is paired with, and where it is. */
export interface Computer extends PairedDaemon {
  /** `host:port`. */
  readonly host: string;
}

/** The parts of a `chrome.storage.StorageArea` that are used; what is kept must be JSON. */
export interface Area {
  get(keys: string[]): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
  remove(keys: string[]): Promise<void>;
}

const IDENTITY = "identity";
const COMPUTER = "computer";
/** How long both secrets and both public keys are, in octets. */
const KEY = 32;

/** See the module's description. What can not be read counts as not there: pairing again is the cure. */
export class Memory {
  readonly #area: Area;

  constructor(area: Area) {
    this.#area = area;
  }

  /** This browser's identity; made when first asked for. */
  async identity(): Promise<Identity> {
    const stored = await this.#read(IDENTITY);
    const [ed25519, x25519] = [readKey(stored?.ed25519), readKey(stored?.x25519)];
    if (ed25519 && x25519) {
      return identityFromSecrets(ed25519, x25519);
    }
    const identity = generateIdentity();
    const secrets = {
      ed25519: [...identity.ed25519.secret],
      x25519: [...identity.x25519.secret],
    };
    await this.#area.set({ [IDENTITY]: secrets });
    return identity;
  }

  /** The computer, if there is one. */
  async computer(): Promise<Computer | undefined> {
    const stored = await this.#read(COMPUTER);
    const [ed25519, x25519] = [readKey(stored?.ed25519), readKey(stored?.x25519)];
    const { id, name, host } = stored ?? {};
    if (!ed25519 || !x25519 || !isText(id) || !isText(name) || !isText(host)) {
      return undefined;
    }
    return { id, name, host, ed25519, x25519, grants: [] };
  }

  /** Remembers a computer, in the place of the one there may be. */
  async remember({ id, name, host, ed25519, x25519 }: Computer): Promise<void> {
    const computer = { id, name, host, ed25519: [...ed25519], x25519: [...x25519] };
    await this.#area.set({ [COMPUTER]: computer });
  }

  /** Forgets the computer, and this browser's keys with it. */
  async forget(): Promise<void> {
    await this.#area.remove([COMPUTER, IDENTITY]);
  }

  async #read(key: string): Promise<Record<string, unknown> | undefined> {
    const { [key]: stored } = await this.#area.get([key]);
    return typeof stored === "object" && stored !== null
      ? (stored as Record<string, unknown>)
      : undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Bytes as JSON has them: a list of numbers. */
function readKey(stored: unknown): Uint8Array | undefined {
  const isKey =
    Array.isArray(stored) &&
    stored.length === KEY &&
    stored.every((octet) => Number.isInteger(octet) && octet >= 0 && octet < 256);
  return isKey ? Uint8Array.from(stored) : undefined;
}
