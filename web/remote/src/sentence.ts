/** Turns a message of the computer, which is written for a terminal, into a sentence of this page. */

/** `nothing runs; hint: run \`x\` first` becomes `Nothing runs. Run “x” first.` */
export function sentence(message: string): string {
  return message.split("; hint: ").map(capitalised).join(" ").trim();
}

function capitalised(message: string): string {
  const quoted = message.trim().replaceAll(/`([^`]*)`/g, "“$1”");
  const stopped = /[.!?…]$/.test(quoted) ? quoted : `${quoted}.`;
  return quoted === "" ? "" : stopped.charAt(0).toUpperCase() + stopped.slice(1);
}
