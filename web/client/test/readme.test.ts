/** The example of the README does what it says. */

import { readFile } from "node:fs/promises";
import { afterEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import * as client from "../src/index.ts";
import { TestDaemon } from "./peer/daemon.ts";

afterEach(() => vi.unstubAllGlobals());

it("pairs, connects, subscribes and calls", async () => {
  const daemon = await TestDaemon.start();
  daemon.pairing.openWindow({ code: "48217305" });
  daemon.procedures.set("org.deskconn.slides.next", () => {
    daemon.publish("org.deskconn.slides.on_action", { action: "next" });
    return {};
  });
  vi.stubGlobal("WebSocket", WebSocket);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = readme.match(/```js\n(.*?)```/s)?.[1] ?? "";
  expect(example.trim().split("\n").length).toBeLessThan(15);
  const body = example
    .replace(/^import (\{.*\}) from "@deskconn\/client";$/m, "const $1 = client;")
    .replace("192.168.1.20:5020", daemon.host);
  const logged: unknown[] = [];
  const run = new Function(
    "client",
    "console",
    `return (async () => { ${body}; return connection; })()`,
  );
  const connection = await run(client, { log: (text: unknown) => logged.push(text) });
  await vi.waitFor(() => expect(logged).toEqual(["next"]));
  connection.close();
  await daemon.stop();
});
