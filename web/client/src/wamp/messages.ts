/** WAMP messages in JSON: their type codes, and how they go in and out of a socket (spec, "Messages"). */

/** The subprotocol of WAMP in JSON over a WebSocket. */
export const SUBPROTOCOL = "wamp.2.json";

/** The type codes of the messages a client sends or gets. */
export const Code = {
  hello: 1,
  welcome: 2,
  abort: 3,
  challenge: 4,
  authenticate: 5,
  goodbye: 6,
  error: 8,
  publish: 16,
  published: 17,
  subscribe: 32,
  subscribed: 33,
  unsubscribed: 35,
  event: 36,
  call: 48,
  result: 50,
  register: 64,
  registered: 65,
  unregistered: 67,
  invocation: 68,
  yield: 70,
} as const;

/** A message: its type code and what belongs to it. */
export type Message = readonly [code: number, ...fields: unknown[]];

/** The message in a frame, or `undefined` when there is none. */
export function readMessage(data: unknown): Message | undefined {
  try {
    const message: unknown = JSON.parse(String(data));
    return Array.isArray(message) && typeof message[0] === "number"
      ? (message as unknown as Message)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Sends a message; one that a closing socket can not take is lost with it. */
export function sendMessage(socket: WebSocket, message: Message): void {
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}
