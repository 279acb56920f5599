/** Makes a text from a peer fit to be shown, by the same rules as the daemon. */

/** The longest name, platform or model that is kept, in characters. */
const MAX_TEXT = 64;

/**
 * Characters that reorder, hide or fake what stands beside them. The joiners U+200C and U+200D stay:
 * Persian and emoji need them.
 */
const DECEPTIVE =
  /\u{34F}|[\u{AD}\u{61C}\u{180E}\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{FEFF}\u{FFF9}-\u{FFFB}\u{E0000}-\u{E0FFF}]/gu;

/** `text` without control, direction or invisible characters, blanks collapsed, cut to length. */
export function clean(text: string): string {
  const visible = text
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/\p{Cc}/gu, "")
    .replaceAll(DECEPTIVE, "");
  const collapsed = visible.split(" ").filter(Boolean).join(" ");
  return [...collapsed].slice(0, MAX_TEXT).join("").trimEnd();
}
