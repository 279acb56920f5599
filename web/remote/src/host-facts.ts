/** How the computer itself is doing, in words. */

import type { Host, HostBattery } from "@deskconn/client";
import { duration } from "./duration.ts";
import { messages } from "./messages.ts";

const { host: text, language } = messages;

/** What there is to say of it; what the computer does not tell is left out. */
export function facts(host: Host): [string, string][] {
  const { battery, load, cores, memory, disk, temperature } = host;
  const facts: [string, string | undefined | false][] = [
    [text.battery, battery && batteryText(battery)],
    [text.load, load && loadText(load.one, cores)],
    [text.memory, memory && spaceText(memory)],
    [text.disk, disk && spaceText(disk)],
    [text.temperature, temperature !== undefined && `${Math.round(temperature)} °C`],
  ];
  return facts.filter((fact): fact is [string, string] => typeof fact[1] === "string");
}

function batteryText({ percent, state, minutes_left: minutes }: HostBattery): string {
  const said = state === "unknown" ? undefined : text.states[state];
  const left = minutes === undefined ? undefined : text.left(duration(minutes * 60_000));
  return [`${percent} %`, said, left].filter(Boolean).join(", ");
}

function loadText(load: number, cores: number | undefined): string {
  return cores ? text.loadOf(number(load, 1), `${cores}`) : number(load, 1);
}

function spaceText({ total, available }: { readonly total: number; readonly available: number }) {
  const gigabytes = (octets: number) => number(octets / 1e9, octets < 100e9 ? 1 : 0);
  return text.used(gigabytes(total - available), gigabytes(total));
}

/** A number with so many digits after the point, as it is written in the page's language. */
function number(value: number, digits: number): string {
  return value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
