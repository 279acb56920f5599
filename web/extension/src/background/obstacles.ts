/** What the browser itself puts between the extension and the computer, as far as it tells. */

import type { OpenSocket } from "@deskconn/client";
import type { Blocked } from "../protocol.ts";

/** The close code of a WebSocket whose TLS handshake failed (RFC 6455, section 7.4.1). */
const TLS_HANDSHAKE = 1015;

/** Permissions for networks of this machine, by the names that browsers give them or have given them. */
const NETWORKS = ["loopback-network", "local-network", "local-network-access"];

/** Opens sockets, and knows afterwards why one could not be opened. */
export class Obstacles {
  readonly #openSocket: OpenSocket;
  #isUpgraded = false;

  constructor(openSocket: OpenSocket) {
    this.#openSocket = openSocket;
  }

  readonly openSocket: OpenSocket = (url, protocols) => {
    const socket = this.#openSocket(url, protocols);
    socket.addEventListener("close", ({ code }) => {
      // Nothing asks for TLS here but a browser that has made wss:// of ws://.
      this.#isUpgraded = code === TLS_HANDSHAKE;
    });
    return socket;
  };

  /** Why the last socket was not opened, if that was the browser's doing. */
  async find(): Promise<Blocked | undefined> {
    if (this.#isUpgraded) {
      return "upgraded";
    }
    return (await isKeptFromNetworks()) ? "local_network" : undefined;
  }
}

async function isKeptFromNetworks(): Promise<boolean> {
  const states = NETWORKS.map(async (name) => {
    try {
      return (await navigator.permissions.query({ name: name as PermissionName })).state;
    } catch {
      return "unknown to this browser";
    }
  });
  return (await Promise.all(states)).includes("denied");
}
