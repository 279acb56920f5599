/** Pairing with a computer, asked for by a person on the settings page. */

import { type OpenSocket, openPairing, PairingError, type Profile, pair } from "@deskconn/client";
import type { Memory } from "../memory.ts";
import type { PairAnswer, PairMessage } from "../protocol.ts";
import { Obstacles } from "./obstacles.ts";

/** Name and version of this program, as the pairing's `app`. */
const APP = "deskconn-extension/0.1.0";

/** What is asked for: what the popup and the films need. */
const GRANTS = ["screen.brightness", "slides", "status"];

/** What pairs. */
export interface Browser {
  /** As its owner sees it, such as “Firefox on Linux”. */
  readonly name: string;
  readonly openSocket: OpenSocket;
}

/**
 * Pairs, and remembers the computer. Never tries twice: each attempt is a guess given away.
 *
 * @param onAsked Called with the words to compare when the computer's owner is asked.
 */
export async function pairWith(
  { host, code }: PairMessage,
  memory: Memory,
  { name, openSocket }: Browser,
  onAsked: (words: readonly [string, string]) => void,
): Promise<PairAnswer> {
  const obstacles = new Obstacles(openSocket);
  try {
    const identity = await memory.identity();
    const joiner = { identity, profile: profile(name), app: APP };
    const session = await openPairing({ host, openSocket: obstacles.openSocket });
    try {
      const secret = { method: "code", code } as const;
      const { daemon, words } = await pair(session, secret, joiner, onAsked);
      await memory.remember({ ...daemon, host });
      return { name: daemon.name, words };
    } finally {
      session.close();
    }
  } catch (error) {
    if (error instanceof PairingError && error.code !== "unreachable") {
      const said = error.code === "declined" ? error.message : undefined;
      return { error: error.code, attemptsLeft: error.attemptsLeft, said };
    }
    return { error: (await obstacles.find()) ?? "unreachable" };
  }
}

/** How this browser presents itself. */
function profile(name: string): Profile {
  const [model = name, platform = ""] = name.split(" on ");
  return { name, platform, model, kind: "ext", grants: GRANTS };
}
