/** The texts the page shows, in the best of the languages that there are. */

import { en } from "./messages/en.ts";

/** What went wrong, and what to do about it. */
export type { Advice } from "./messages/en.ts";

/** A text for any of the same kind: what another language has to bring. */
type Translated<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { readonly [K in keyof T]: Translated<T[K]> };

/** Every text, in some language. */
export type Messages = Translated<typeof en>;

/**
 * The languages there are besides English, each in a file that only who reads it loads. A new one is a file beside
 * `en.ts` and a line here.
 */
const CATALOGUES: Readonly<Record<string, () => Promise<Messages>>> = {
  de: async () => (await import("./messages/de.ts")).de,
};

/**
 * The best language for somebody who reads these, best first.
 *
 * @param languages Language tags as browsers have them, `de-AT`.
 */
export function languageFor(
  languages: readonly string[],
  known: readonly string[] = [en.language, ...Object.keys(CATALOGUES)],
): string {
  const spoken = languages.map((tag) => tag.toLowerCase().split("-")[0] ?? "");
  return spoken.find((language) => known.includes(language)) ?? en.language;
}

/** The texts in a language; in English, should they not come. */
export async function catalogueIn(language: string): Promise<Messages> {
  try {
    return (await CATALOGUES[language]?.()) ?? en;
  } catch {
    return en;
  }
}

/** The texts for whoever reads this page. */
export const messages = await catalogueIn(languageFor(globalThis.navigator?.languages ?? []));
