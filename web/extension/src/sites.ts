/** Sites, and the browser's permission to look for films on them. */

/** Every site. */
export const EVERYWHERE = "*://*/*";

/** The host of a web page's address, which is what people call a site; other addresses have none. */
export function siteOf(url: string | undefined): string | undefined {
  if (url === undefined || !/^https?:/.test(url) || !URL.canParse(url)) {
    return undefined;
  }
  return new URL(url).hostname;
}

/** The match pattern of a site's pages, on every port. */
export function patternOf(site: string): string {
  return `*://${site}/*`;
}

/** Those of the granted origins that are web pages. */
export function webOrigins(origins: readonly string[] = []): string[] {
  return origins.filter((origin) => /^(\*|https?):\/\//.test(origin)).sort();
}

/** The site that a pattern is for, or `undefined` if it is for many. */
export function siteOfPattern(pattern: string): string | undefined {
  const [, host] = pattern.match(/^(?:\*|https?):\/\/([^/*]+)\//) ?? [];
  return host;
}
