/** A WebSocket for Node, which has none of its own before version 22. */

import { WebSocket as NodeWebSocket } from "ws";
import type { OpenSocket } from "../../src/sealed-socket.ts";

export const openNodeSocket: OpenSocket = (url, protocols) =>
  new NodeWebSocket(url, protocols) as unknown as WebSocket;
