/** Joining a realm: from an address to a session (spec, "Session Establishment"). */

import { parseObject } from "../bytes.ts";
import { LinkLostError, readError } from "./errors.ts";
import { Code, readMessage, SUBPROTOCOL, sendMessage } from "./messages.ts";
import { type Session, SocketSession } from "./session.ts";

/** How to authenticate; without it a session joins anonymously. */
export interface Auth {
  readonly method: string;
  readonly authid: string;
  readonly extra: Record<string, unknown>;
  /** The signature for the details of a CHALLENGE. Throwing refuses the challenge. */
  sign(challenge: Readonly<Record<string, unknown>>): string;
}

/** What to join, and over what. */
export interface JoinOptions {
  readonly url: string;
  readonly realm: string;
  readonly auth?: Auth;
  /** How long joining may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** Opens the socket WAMP is spoken over. */
  readonly openSocket: (url: string, protocols: string[]) => WebSocket;
}

/** How long joining waits unless it is told otherwise, in milliseconds. */
const JOIN_TIMEOUT = 10_000;

/** What this client can be and do. What is not here, a router must not expect of it. */
const ROLES = {
  caller: { features: { progressive_call_results: true } },
  callee: { features: { registration_revocation: true } },
  publisher: {},
  subscriber: { features: { subscription_revocation: true } },
};

/**
 * Opens a socket and joins a realm.
 *
 * @throws WampError when the router refuses the session.
 * @throws LinkLostError when the socket does not open or closes first.
 */
export function join(options: JoinOptions): Promise<Session> {
  const { url, realm, auth, openSocket, timeoutMs = JOIN_TIMEOUT } = options;
  return new Promise((resolve, reject) => {
    const socket = openSocket(url, [SUBPROTOCOL]);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      socket.onmessage = null;
      socket.close();
    };
    const lost = (message: string, cause?: unknown) => fail(new LinkLostError(message, { cause }));
    const timer = setTimeout(() => lost("no answer came in time"), timeoutMs);
    socket.onopen = () => sendMessage(socket, [Code.hello, realm, helloDetails(auth)]);
    socket.onclose = () => lost("the connection closed");
    // Whatever it is, `close` follows; sockets of Node insist on a listener.
    socket.onerror = () => {};
    socket.onmessage = ({ data }) => {
      const [code, first, second] = readMessage(data) ?? [];
      if (code === Code.welcome) {
        clearTimeout(timer);
        resolve(new SocketSession(socket));
      } else if (code === Code.challenge && auth) {
        try {
          sendMessage(socket, [Code.authenticate, answer(auth, first, second), {}]);
        } catch (cause) {
          lost("the challenge was refused", cause);
        }
      } else if (code === Code.abort) {
        fail(readError(second, first));
      } else {
        lost("the other end does not speak WAMP");
      }
    };
  });
}

function helloDetails(auth: Auth | undefined): Record<string, unknown> {
  return {
    roles: ROLES,
    ...(auth && { authid: auth.authid, authmethods: [auth.method], authextra: auth.extra }),
  };
}

function answer(auth: Auth, method: unknown, extra: unknown): string {
  if (method !== auth.method) {
    throw new Error(`the router chose the authentication method ${method}`);
  }
  return auth.sign(parseObject(extra) ?? {});
}
