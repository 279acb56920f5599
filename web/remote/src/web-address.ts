/** Web addresses as people write them. */

/**
 * The address that somebody means who writes `text`, as the computer takes it: in the letters of URLs only.
 *
 * @returns `undefined` if it is none, or not one of the web.
 */
export function webAddress(text: string): string | undefined {
  const written = text.trim();
  const whole = /^[a-z]+:\/\//i.test(written) ? written : `https://${written}`;
  if (!URL.canParse(whole)) {
    return undefined;
  }
  const { protocol, username, password, href } = new URL(whole);
  return /^https?:$/.test(protocol) && !username && !password ? href : undefined;
}
