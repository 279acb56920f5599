/** What is remembered in storage, and what is made of storage that somebody has spoiled. */

import { generateIdentity } from "@deskconn/client";
import { beforeEach, describe, expect, it } from "vitest";
import { Memory } from "../src/memory.ts";
import { changeSettings, DEFAULTS, parseSettings, readSettings } from "../src/settings.ts";
import { MemoryArea } from "./area.ts";

const { id, ed25519, x25519 } = generateIdentity();
const COMPUTER = {
  id,
  name: "study-laptop",
  host: "127.0.0.1:5020",
  ed25519: ed25519.public,
  x25519: x25519.public,
  grants: [],
};

let area: MemoryArea;
let memory: Memory;

beforeEach(() => {
  area = new MemoryArea();
  memory = new Memory(area);
});

describe("the memory", () => {
  it("makes an identity once", async () => {
    const first = await memory.identity();
    expect(await new Memory(area).identity()).toEqual(first);
  });

  it("knows the computer again", async () => {
    expect(await memory.computer()).toBeUndefined();
    await memory.remember(COMPUTER);
    expect(await new Memory(area).computer()).toEqual(COMPUTER);
  });

  it("forgets the computer and the keys, and keeps the settings", async () => {
    const { id } = await memory.identity();
    await memory.remember(COMPUTER);
    await changeSettings(area, { percent: 80 });
    await memory.forget();
    expect(await memory.computer()).toBeUndefined();
    expect((await memory.identity()).id).not.toBe(id);
    expect((await readSettings(area)).percent).toBe(80);
  });

  it.each([
    [undefined],
    [null],
    ["text"],
    [{ ed25519: [1], x25519: [2] }],
    [{ ed25519: Array(32).fill(256), x25519: Array(32).fill(0) }],
    [{ ed25519: Array(32).fill("1"), x25519: Array(32).fill(0) }],
  ])("takes %j for neither keys nor a computer", async (spoiled) => {
    area.items.set("identity", JSON.stringify(spoiled ?? null));
    area.items.set("computer", JSON.stringify(spoiled ?? null));
    expect(await memory.computer()).toBeUndefined();
    expect((await memory.identity()).id).toHaveLength(32);
  });
});

describe("the settings", () => {
  it("change one by one", async () => {
    await changeSettings(area, { percent: 70 });
    await changeSettings(area, { sitesOff: ["a.example"] });
    expect(await readSettings(area)).toEqual({ percent: 70, sitesOff: ["a.example"] });
  });

  it.each([[undefined], [null], [7], [{ percent: 101 }], [{ percent: 0 }], [{ sitesOff: "all" }]])(
    "are what they are at first where storage holds %j",
    (stored) => {
      expect(parseSettings(stored)).toEqual(DEFAULTS);
    },
  );
});
