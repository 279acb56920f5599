/** The links a QR code holds: one for any camera app, one for our own programs. */

import { isDeviceId } from "./identity.ts";
import type { PairingSecret } from "./pairing/joiner.ts";

/** What a pairing link says. */
export interface PairingLink {
  readonly secret: Extract<PairingSecret, { method: "qr" }>;
  /** Addresses of the daemon, best first, without brackets; empty when only a fragment was read. */
  readonly hosts: readonly string[];
  readonly port: number | undefined;
  /** The computer's name, for display until it proves who it is. */
  readonly name: string | undefined;
}

/** 16 bytes of base64url without padding. */
const SECRET = /^[A-Za-z0-9_-]{22}$/;

/**
 * Reads the fragment of the web remote's address, `#p1.<secret>.<device id>`.
 *
 * @returns The secret, or `undefined` when the fragment is no pairing link.
 */
export function parseFragment(fragment: string): PairingLink["secret"] | undefined {
  const [version, secret, daemonId, ...rest] = fragment.replace(/^#/, "").split(".");
  if (version !== "p1" || rest.length > 0 || !isSecret(secret) || !isDeviceId(daemonId)) {
    return undefined;
  }
  return { method: "qr", secret, daemonId };
}

/**
 * Reads a whole link: `http://<ip>:<port>/#p1.…` or `deskconn://pair?…#<secret>`.
 *
 * @returns What the link says, or `undefined` when it is no pairing link of a known version.
 */
export function parseLink(text: string): PairingLink | undefined {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return undefined;
  }
  return url.protocol === "deskconn:" ? parseDeskconn(url) : parseWeb(url);
}

function parseWeb(url: URL): PairingLink | undefined {
  const secret = parseFragment(url.hash);
  if (!secret || !["http:", "https:"].includes(url.protocol)) {
    return undefined;
  }
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return { secret, hosts: [unbracket(url.hostname)], port, name: undefined };
}

function parseDeskconn(url: URL): PairingLink | undefined {
  const query = url.searchParams;
  const secret = url.hash.slice(1);
  const daemonId = query.get("i");
  const isPair = url.href.startsWith("deskconn://pair?");
  if (!isPair || query.get("v") !== "1" || !isSecret(secret) || !isDeviceId(daemonId)) {
    return undefined;
  }
  const port = Number(query.get("p") ?? Number.NaN);
  return {
    secret: { method: "qr", secret, daemonId },
    hosts: (query.get("h") ?? "").split(",").filter(Boolean).map(unbracket),
    port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined,
    name: query.get("n") ?? undefined,
  };
}

function isSecret(value: string | undefined): value is string {
  return value !== undefined && SECRET.test(value);
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
