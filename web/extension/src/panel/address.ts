/** Addresses and codes as people type them. */

/** This computer, at the port a daemon listens on unless it is told otherwise. */
export const DEFAULT_ADDRESS = "127.0.0.1:5020";

const DEFAULT_PORT = 5020;

/**
 * The `host:port` in what was typed, which may lack the port or be a web address.
 *
 * @returns `undefined` when it is none.
 */
export function parseAddress(typed: string): string | undefined {
  const bare = typed
    .trim()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "");
  const address = `http://${bare}`;
  if (bare === "" || !/^[^\s/?#@\\]+$/.test(bare) || !URL.canParse(address)) {
    return undefined;
  }
  const { hostname, port } = new URL(address);
  // 80 is what browsers leave out.
  const given = /:80$/.test(bare) ? "80" : port;
  return `${hostname}:${given || DEFAULT_PORT}`;
}

/** `48217305` and `4821-73 05` become `4821 7305`; a code begun keeps what it has. */
export function groupDigits(typed: string): string {
  const digits = typed.replaceAll(/[^0-9]/g, "").slice(0, 8);
  return digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
}
