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

/** Every text, in some language. A new one is a file beside `en.ts` and a line in {@link CATALOGUES}. */
export type Messages = Translated<typeof en>;

const CATALOGUES: readonly Messages[] = [en];

/**
 * The catalogue for somebody who reads these languages, best first.
 *
 * @param languages Language tags as browsers have them, `de-AT`.
 */
export function catalogueFor(
  languages: readonly string[],
  catalogues: readonly [Messages, ...Messages[]] | readonly Messages[] = CATALOGUES,
): Messages {
  const spoken = languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const best = spoken
    .map((language) => catalogues.find((catalogue) => catalogue.language === language))
    .find((catalogue) => catalogue !== undefined);
  return best ?? en;
}

/** The texts for whoever reads this page. */
export const messages = catalogueFor(globalThis.navigator?.languages ?? []);
