/** The text of the code field: eight digits in two groups, however they were typed or pasted. */

/** `48217305` and `4821-73 05` become `4821 7305`; a code begun keeps what it has. */
export function groupDigits(typed: string): string {
  const digits = typed.replaceAll(/[^0-9]/g, "").slice(0, 8);
  return digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
}
