/**
 * What a browser remembers: this origin's identity and the computers it is paired with.
 *
 * IndexedDB works on a page from plain `http://`; where it is missing or shut (some private windows)
 * everything is kept in memory and lost with the page, and `persistent` says so. A user can clear
 * either at any time, so both are disposable by design: pairing again is the cure.
 */

import { generateIdentity, type Identity, identityFromSecrets } from "./identity.ts";
import type { PairedDaemon } from "./pairing/joiner.ts";

/** The memory of one origin. */
export interface Store {
  /** Whether it outlives the page. */
  readonly persistent: boolean;
  /** This device's identity; made when first asked for. */
  identity(): Promise<Identity>;
  /** The paired computers, in no particular order. */
  daemons(): Promise<PairedDaemon[]>;
  /** Adds a computer, or replaces what was known of it. */
  save(daemon: PairedDaemon): Promise<void>;
  /** Forgets a computer; with the last one the identity goes too. */
  forget(id: string): Promise<void>;
}

/** Opens the memory of this origin; it never fails, see {@link Store.persistent}. */
export async function openStore(
  factory: IDBFactory | undefined = globalThis.indexedDB,
): Promise<Store> {
  try {
    return new DatabaseStore(await openDatabase(factory));
  } catch {
    return new MemoryStore();
  }
}

const DATABASE = "deskconn";
const VERSION = 1;
/** Holds {@link StoredIdentity} under {@link SELF}. */
const IDENTITIES = "identities";
/** Holds `PairedDaemon`s by their id. */
const DAEMONS = "daemons";
const SELF = "self";

/** The secrets an identity is rebuilt from. */
interface StoredIdentity {
  readonly ed25519: Uint8Array;
  readonly x25519: Uint8Array;
}

class DatabaseStore implements Store {
  readonly persistent = true;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async identity(): Promise<Identity> {
    // One transaction reads and writes, so that two tabs can not make two identities.
    const identities = this.#objects([IDENTITIES], "readwrite", IDENTITIES);
    const stored: StoredIdentity | undefined = await done(identities.get(SELF));
    if (stored) {
      return identityFromSecrets(stored.ed25519, stored.x25519);
    }
    const identity = generateIdentity();
    const { ed25519, x25519 } = identity;
    await done(identities.put({ ed25519: ed25519.secret, x25519: x25519.secret }, SELF));
    return identity;
  }

  daemons(): Promise<PairedDaemon[]> {
    return done(this.#objects([DAEMONS], "readonly", DAEMONS).getAll());
  }

  async save(daemon: PairedDaemon): Promise<void> {
    await done(this.#objects([DAEMONS], "readwrite", DAEMONS).put(daemon));
  }

  async forget(id: string): Promise<void> {
    const daemons = this.#objects([DAEMONS, IDENTITIES], "readwrite", DAEMONS);
    await done(daemons.delete(id));
    if ((await done(daemons.count())) === 0) {
      await done(daemons.transaction.objectStore(IDENTITIES).delete(SELF));
    }
  }

  #objects(scope: string[], mode: IDBTransactionMode, name: string): IDBObjectStore {
    return this.#database.transaction(scope, mode).objectStore(name);
  }
}

class MemoryStore implements Store {
  readonly persistent = false;
  readonly #daemons = new Map<string, PairedDaemon>();
  #identity: Identity | undefined;

  async identity(): Promise<Identity> {
    this.#identity ??= generateIdentity();
    return this.#identity;
  }

  async daemons(): Promise<PairedDaemon[]> {
    return [...this.#daemons.values()];
  }

  async save(daemon: PairedDaemon): Promise<void> {
    this.#daemons.set(daemon.id, daemon);
  }

  async forget(id: string): Promise<void> {
    this.#daemons.delete(id);
    if (this.#daemons.size === 0) {
      this.#identity = undefined;
    }
  }
}

async function openDatabase(factory: IDBFactory | undefined): Promise<IDBDatabase> {
  if (!factory) {
    throw new Error("this browser has no IndexedDB");
  }
  const request = factory.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(IDENTITIES);
    request.result.createObjectStore(DAEMONS, { keyPath: "id" });
  };
  const database = await done(request);
  // Another tab that wants to upgrade or delete the database must not wait for this one.
  database.onversionchange = () => database.close();
  return database;
}

/** A request's result. */
function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
