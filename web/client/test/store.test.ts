import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import type { PairedDaemon } from "../src/pairing/joiner.ts";
import { openStore } from "../src/store.ts";

const daemon: PairedDaemon = {
  id: "bee6p47drzdyke7u6shfc7ecieshsve5",
  name: "study-laptop",
  ed25519: new Uint8Array(32).fill(1),
  x25519: new Uint8Array(32).fill(2),
  grants: ["slides"],
};

describe.each([
  ["in IndexedDB", () => new IDBFactory(), true],
  ["in memory", () => undefined as unknown as IDBFactory, false],
])("a store %s", (_, factory, persistent) => {
  it("says whether it outlives the page", async () => {
    expect((await openStore(factory())).persistent).toBe(persistent);
  });

  it("makes one identity and keeps it", async () => {
    const store = await openStore(factory());
    expect(await store.identity()).toEqual(await store.identity());
  });

  it("remembers computers, replaces and forgets them", async () => {
    const store = await openStore(factory());
    await store.save(daemon);
    await store.save({ ...daemon, name: "renamed" });
    expect(await store.daemons()).toEqual([{ ...daemon, name: "renamed" }]);
    await store.forget(daemon.id);
    expect(await store.daemons()).toEqual([]);
  });

  it("forgets its identity with the last computer, not before", async () => {
    const store = await openStore(factory());
    const { id } = await store.identity();
    await store.save(daemon);
    await store.save({ ...daemon, id: "a".repeat(32) });
    await store.forget(daemon.id);
    expect((await store.identity()).id).toBe(id);
    await store.forget("a".repeat(32));
    expect((await store.identity()).id).not.toBe(id);
  });
});

it("finds everything again after a reload", async () => {
  const factory = new IDBFactory();
  const first = await openStore(factory);
  const identity = await first.identity();
  await first.save(daemon);
  const second = await openStore(factory);
  expect(await second.identity()).toEqual(identity);
  expect(await second.daemons()).toEqual([daemon]);
});

it("works in memory when the browser shuts its database", async () => {
  const shut = {
    open: () => {
      throw new DOMException("denied", "SecurityError");
    },
  };
  const store = await openStore(shut as unknown as IDBFactory);
  await store.save(daemon);
  expect(store.persistent).toBe(false);
  expect(await store.daemons()).toEqual([daemon]);
});
