/** Leases on a brighter screen: taken, given back, lost with the session, refused. */

import { LinkLostError, type Payload, WampError } from "@deskconn/client";
import { beforeEach, expect, it, vi } from "vitest";
import { BOOST, Booster, RESTORE } from "../src/background/booster.ts";

/** A computer that answers when it is told to. */
class Computer {
  readonly calls: string[] = [];
  readonly waiting: (() => void)[] = [];
  refusal: Error | undefined;
  isSlow = false;
  #leases = 0;

  async call(procedure: string, { kwargs = {} }: Payload = {}) {
    const verb = procedure === BOOST ? `boost ${kwargs.percent}` : `restore ${kwargs.lease}`;
    this.calls.push(verb);
    const lease = procedure === BOOST ? ++this.#leases : 0;
    if (this.isSlow) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    if (this.refusal) {
      throw this.refusal;
    }
    return { args: [], kwargs: procedure === RESTORE ? {} : { lease } };
  }
}

let computer: Computer;
let refusals: unknown[];
let booster: Booster;

beforeEach(() => {
  computer = new Computer();
  refusals = [];
  booster = new Booster(computer, (refusal) => refusal && refusals.push(refusal));
});

it("boosts and restores", async () => {
  booster.joined();
  booster.want(90);
  await has("boost 90");
  await vi.waitFor(() => expect(booster.isBoosted).toBe(true));
  booster.want(undefined);
  await has("boost 90", "restore 1");
  await vi.waitFor(() => expect(booster.needsLink).toBe(false));
});

it("waits for a session", async () => {
  booster.want(90);
  expect(booster.needsLink).toBe(true);
  expect(computer.calls).toEqual([]);
  booster.joined();
  await has("boost 90");
});

it("asks nothing of a computer when the film was over before there was a session", async () => {
  booster.want(90);
  booster.want(undefined);
  booster.joined();
  expect(booster.needsLink).toBe(false);
  expect(computer.calls).toEqual([]);
});

it("takes the new level before it gives the old one back", async () => {
  booster.joined();
  booster.want(80);
  await has("boost 80");
  booster.want(90);
  await has("boost 80", "boost 90", "restore 1");
});

it("gives back what it got for a film that was over meanwhile", async () => {
  computer.isSlow = true;
  booster.joined();
  booster.want(90);
  await has("boost 90");
  booster.want(undefined);
  expect(booster.needsLink).toBe(false);
  computer.isSlow = false;
  computer.waiting[0]?.();
  await has("boost 90", "restore 1");
});

it("boosts again in the next session, and gives nothing of the last one back", async () => {
  booster.joined();
  booster.want(90);
  await vi.waitFor(() => expect(booster.isBoosted).toBe(true));
  booster.lost();
  expect(booster.isBoosted).toBe(false);
  booster.joined();
  await has("boost 90", "boost 90");
  await vi.waitFor(() => expect(booster.isBoosted).toBe(true));
  booster.want(undefined);
  await has("boost 90", "boost 90", "restore 2");
});

it("does not believe in a lease whose session has ended", async () => {
  computer.isSlow = true;
  booster.joined();
  booster.want(90);
  await has("boost 90");
  booster.lost();
  booster.want(undefined);
  computer.isSlow = false;
  computer.waiting[0]?.();
  booster.joined();
  await new Promise((resolve) => setTimeout(resolve));
  expect(computer.calls).toEqual(["boost 90"]);
  expect(booster.isBoosted).toBe(false);
});

it("does not ask again what was refused, until something else is wanted or there is a new session", async () => {
  const denied = new WampError("wamp.error.not_authorized", "no");
  computer.refusal = denied;
  booster.joined();
  booster.want(90);
  await vi.waitFor(() => expect(refusals).toEqual([denied]));
  booster.want(90);
  expect(computer.calls).toEqual(["boost 90"]);
  booster.joined();
  await has("boost 90", "boost 90");
  computer.refusal = undefined;
  booster.want(80);
  await has("boost 90", "boost 90", "boost 80");
});

it("takes a lost link for no refusal", async () => {
  computer.refusal = new LinkLostError("gone");
  booster.joined();
  booster.want(90);
  await has("boost 90");
  booster.lost();
  computer.refusal = undefined;
  booster.joined();
  await has("boost 90", "boost 90");
  expect(refusals).toEqual([]);
});

it("takes a lease that the computer does not know any more for given back", async () => {
  booster.joined();
  booster.want(90);
  await vi.waitFor(() => expect(booster.isBoosted).toBe(true));
  computer.refusal = new WampError("org.deskconn.error.not_found", "no such lease");
  booster.want(undefined);
  await vi.waitFor(() => expect(booster.isBoosted).toBe(false));
  expect(refusals).toEqual([]);
});

async function has(...calls: string[]): Promise<void> {
  await vi.waitFor(() => expect(computer.calls).toEqual(calls));
}
