/** The way into the pairing realm, which is open to everybody and so needs no seal. */

import { socketUrl } from "./connect.ts";
import { PAIRING_REALM } from "./pairing/pair.ts";
import { type OpenSocket, openWebSocket } from "./sealed-socket.ts";
import { join } from "./wamp/join.ts";
import type { Session } from "./wamp/session.ts";

/** Where the daemon is. */
export interface PairingAddress {
  /** `host:port` of the daemon. */
  readonly host: string;
  /** Over TLS. */
  readonly secure?: boolean;
  readonly openSocket?: OpenSocket;
}

/**
 * Joins {@link PAIRING_REALM} anonymously.
 *
 * @throws LinkLostError when no daemon answers there; WampError when it refuses the session.
 */
export function openPairing(address: PairingAddress): Promise<Session> {
  return join({
    url: socketUrl(address.host, address.secure),
    realm: PAIRING_REALM,
    openSocket: address.openSocket ?? openWebSocket,
  });
}
