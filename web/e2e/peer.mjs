/** The daemon the page is tried against: a real one named by the environment, or the stand-in. */

import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { furnish } from "./furnished-desk.mjs";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = join(web, "remote/dist");

/** What the daemon sends with every file. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/**
 * The host name under which the stand-in is visited. It leads to loopback, but unlike loopback's own
 * names it makes no secure context: the page has exactly what it has on a phone.
 */
export const HOST = "desk.test";

/** A real daemon's address and secrets and what a tap there ends in, or `undefined` when none is named. */
export function namedDaemon() {
  const { DESKCONN_URL: url, DESKCONN_CODE: code, DESKCONN_LINK: link } = process.env;
  const told = process.env.DESKCONN_TOLD;
  return url || link ? { url: url ?? link, code, link, told } : undefined;
}

/** Starts the stand-in, which serves the built page; `refuse` has a procedure answer with an ERROR. */
export async function startStandIn() {
  const { module } = await runnerImport(join(web, "client/test/peer/daemon.ts"), { root: web });
  const refuse = (procedure, uri) =>
    daemon.procedures.set(procedure, () => {
      throw new module.Refusal(uri, "no");
    });
  const daemon = await module.TestDaemon.start("study-laptop", serveDist);
  const desk = furnish(daemon);
  return { daemon, desk, refuse, url: `http://${HOST}:${daemon.port}/` };
}

async function serveDist({ url }, response) {
  const path = normalize(new URL(url, "http://x").pathname);
  const file = join(dist, path === "/" ? "index.html" : path);
  try {
    const body = await readFile(file);
    response.writeHead(200, { ...HEADERS, "content-type": TYPES[extname(file)] }).end(body);
  } catch {
    response.writeHead(404, HEADERS).end();
  }
}
