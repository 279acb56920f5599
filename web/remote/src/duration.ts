/** Spans of time in words. */

/** `2 d 3 h`, `3 h 20 min`, `20 min`; a number and its unit are never on two lines. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) {
    return `${days}\u00A0d ${hours % 24}\u00A0h`;
  }
  const rest = `${minutes % 60}\u00A0min`;
  return hours > 0 ? `${hours}\u00A0h ${rest}` : rest;
}
