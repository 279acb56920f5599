/** The links a QR code holds: one for any camera app, one for our own programs. */

import { clean } from "./clean.ts";
import { isDeviceId } from "./identity.ts";
import type { PairingSecret } from "./pairing/joiner.ts";

/** What a pairing link says. */
export interface PairingLink {
  readonly secret: QrSecret;
  /** Addresses of the daemon, best first; IPv6 without brackets. Never empty. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The computer's name, for display until it proves who it is. */
  readonly name: string | undefined;
}

type QrSecret = Extract<PairingSecret, { method: "qr" }>;

/** The longest link that is read, in UTF-16 units, and the most addresses it may name. */
const MAX_LENGTH = 2048;
const MAX_ADDRESSES = 16;
const DEFAULT_PORT = 5020;

/** 16 bytes of base64url without padding; the last letter holds two bits only. */
const SECRET = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * Reads the fragment of the web remote's address, `#p1.<secret>.<device id>`.
 *
 * @returns The secret, or `undefined` when the fragment is no pairing link of a known version.
 */
export function parseFragment(fragment: string): QrSecret | undefined {
  const [version, secret, daemonId, ...rest] = fragment.replace(/^#/, "").split(".");
  return version === "p1" && rest.length === 0 ? parseSecret(secret, daemonId) : undefined;
}

/**
 * Reads a whole link: `http://<ip>:<port>/#p1.…` or `deskconn://pair?…#<secret>`.
 *
 * @returns What the link says, or `undefined` when it is no pairing link of a known version. Nothing
 *   but addresses is accepted for a host: a name could lead anywhere.
 */
export function parseLink(text: string): PairingLink | undefined {
  const [, scheme, place, fragment] =
    text.trim().match(/^(http:\/\/|deskconn:\/\/pair\?)([^#]*)#(.*)$/) ?? [];
  if (text.length > MAX_LENGTH || place === undefined || fragment === undefined) {
    return undefined;
  }
  return scheme === "http://" ? parseWeb(place, fragment) : parseNative(place, fragment);
}

function parseWeb(place: string, fragment: string): PairingLink | undefined {
  const [, host, digits] = place.match(/^(.*):(\d+)\/?$/) ?? [];
  const address = parseAddress(host);
  const port = parsePort(digits);
  const secret = parseFragment(fragment);
  if (!address || !port || !secret) {
    return undefined;
  }
  return { secret, addresses: [address], port, name: undefined };
}

function parseNative(place: string, fragment: string): PairingLink | undefined {
  const query = parseQuery(place);
  if (query?.v !== "1") {
    return undefined;
  }
  const { i: id, h: hosts = "", p: digits = String(DEFAULT_PORT), n: name = "" } = query;
  const addresses = hosts.split(",").slice(0, MAX_ADDRESSES).map(parseAddress);
  const port = parsePort(digits);
  const secret = parseSecret(fragment, id);
  if (!port || !secret || !addresses.every((address) => address !== undefined)) {
    return undefined;
  }
  return { secret, addresses, port, name: clean(name) || undefined };
}

/** The decoded values of a query; the first of a name counts. `+` is a plus sign here. */
function parseQuery(text: string): Partial<Record<string, string>> | undefined {
  const pairs = text.split("&").map((pair) => pair.split("=", 2));
  try {
    return Object.fromEntries(
      pairs.reverse().map(([name = "", value = ""]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
}

function parseSecret(secret: string | undefined, daemonId: unknown): QrSecret | undefined {
  if (secret === undefined || !SECRET.test(secret) || !isDeviceId(daemonId)) {
    return undefined;
  }
  return { method: "qr", secret, daemonId };
}

/** An IPv4 address, or an IPv6 address in brackets. */
function parseAddress(host: string | undefined): string | undefined {
  const isV4 = host
    ?.match(/^\d{1,3}(\.\d{1,3}){3}$/)?.[0]
    .split(".")
    .every((part) => Number(part) < 256);
  if (isV4) {
    return host;
  }
  const v6 = host?.match(/^\[([0-9a-f:.]+)\]$/i)?.[1];
  return v6 && URL.canParse(`http://[${v6}]`) ? v6 : undefined;
}

function parsePort(digits: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(digits ?? "") ? Number(digits) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}
