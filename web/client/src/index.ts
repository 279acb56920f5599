/**
 * DeskConn for browsers and Node: pair with a daemon, then speak WAMP to it over a sealed link.
 *
 * ```ts
 * const store = await openStore();
 * const identity = await store.identity();
 * const session = await openPairing({ host });
 * const { daemon, words } = await pair(session, { method: "code", code }, { identity, profile, app });
 * await store.save(daemon);
 *
 * const connection = connect({ host, identity, daemon });
 * await connection.call("org.deskconn.slides.next");
 * ```
 */

export type * from "./api/components.ts";
export type { LineProcedure, LineVerb, Procedures, Topics } from "./api/names.ts";
export type { Empty, Signature } from "./api/signature.ts";
export { type Caller, call, callLine, subscribe, subscribeToLine, uriOf } from "./api/typed.ts";
export type * from "./api/types.ts";
export {
  type Connection,
  type ConnectionState,
  type ConnectOptions,
  connect,
  REALM,
  socketUrl,
} from "./connect.ts";
export {
  deviceId,
  generateIdentity,
  type Identity,
  identityFromSecrets,
  isDeviceId,
} from "./identity.ts";
export { type PairingLink, parseFragment, parseLink } from "./link.ts";
export { openPairing, type PairingAddress } from "./open-pairing.ts";
export type { DeviceKind, Profile } from "./pairing/credential.ts";
export { PairingError, type PairingErrorCode } from "./pairing/error.ts";
export type { Joiner, PairedDaemon, Pairing, PairingSecret } from "./pairing/joiner.ts";
export { PAIRING_REALM, pair, parseCode } from "./pairing/pair.ts";
export {
  type HandshakeOutcome,
  type OpenSocket,
  type SealedPeers,
  SealedSocket,
} from "./sealed-socket.ts";
export { openStore, type Store } from "./store.ts";
export { LinkLostError, WampError } from "./wamp/errors.ts";
export { type Auth, type JoinOptions, join } from "./wamp/join.ts";
export type { CallResult, Payload } from "./wamp/payload.ts";
export type { CallOptions, Session } from "./wamp/session.ts";
export { verifierWords } from "./words.ts";
