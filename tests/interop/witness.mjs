// witness.mjs LIBRARY URL REALM SERIALIZER...: plays the scenario with a foreign client, `autobahn` or
// `wampy`. URL is a WebSocket's, ws+unix:SOCKET:/ws, tcp:HOST:PORT or unix:SOCKET, the last two of which
// are RawSocket, or http://HOST:PORT/lp for long-poll. Prints TAP; exit status 1 if something failed.

import { scenario } from "./scenario.mjs";

const LIMIT_MS = 20_000;
const MAX_LATE = 2;

class Late extends Error {}

const [library, url, realm, ...serializers] = process.argv.slice(2);
const { open, cannot = {} } = await import(`./${library}.mjs`);

const within = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Late(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const names = [...new Set([...Object.keys(scenario), ...Object.keys(cannot)])];
const transport = url.split(/\W/)[0];
// Peers of one serializer, and peers whose messages the router must translate.
const pairs = serializers.flatMap((one, index) => {
  const next = serializers[(index + 1) % serializers.length];
  return next === one
    ? [[one, one]]
    : [
        [one, one],
        [one, next],
      ];
});
let number = 0;
let failed = 0;
let late = 0;
console.log(`1..${pairs.length * names.length}`);

for (const [pair, [one, other]] of pairs.entries()) {
  const a = await within(open(url, realm, one));
  const b = await within(open(url, realm, other));
  // What is disclosed is so by its name, in the router's configuration.
  const uri = (name) => {
    const disclosed = name.startsWith("disclosed.") ? "disclosed." : "";
    return `com.example.${disclosed}${library}_${transport}_${pair}.${name}`;
  };
  for (const name of names) {
    number += 1;
    const line = `${number} - ${one} to ${other}: ${name}`;
    if (name in cannot) {
      console.log(`ok ${line} # SKIP ${cannot[name]}`);
      continue;
    }
    try {
      await within(scenario[name](a, b, uri));
      console.log(`ok ${line}`);
    } catch (error) {
      failed += 1;
      late += error instanceof Late;
      console.log(
        `not ok ${line}\n# ${(error.stack ?? JSON.stringify(error)).replaceAll("\n", "\n# ")}`,
      );
      if (late === MAX_LATE) {
        console.log("Bail out! The router keeps the steps waiting");
        process.exit(1);
      }
    }
  }
  await within(a.leave());
}
process.exit(failed === 0 ? 0 : 1);
