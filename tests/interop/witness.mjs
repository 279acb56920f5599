// witness.mjs LIBRARY SERIALIZER URL REALM: plays the scenario with a foreign client, `autobahn` or
// `wampy`, over WebSocket. URL is a WebSocket's, or ws+unix:SOCKET:/ws. Prints TAP; exit status 1 if
// something failed.

import { scenario } from "./scenario.mjs";

const LIMIT_MS = 20_000;
const NEXT = { json: "msgpack", msgpack: "cbor", cbor: "json" };

const [library, serializer, url, realm] = process.argv.slice(2);
const { open, cannot = {} } = await import(`./${library}.mjs`);

const within = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const steps = Object.entries(scenario);
let number = 0;
let failed = 0;
console.log(`1..${2 * steps.length}`);

// Peers of one serializer, and peers whose messages the router must translate.
for (const other of [serializer, NEXT[serializer]]) {
  const a = await within(open(url, realm, serializer));
  const b = await within(open(url, realm, other));
  const uri = (name) => `com.example.${library}.${serializer}_${other}.${name}`;
  for (const [name, step] of steps) {
    number += 1;
    const line = `${number} - ${serializer} to ${other}: ${name}`;
    if (name in cannot) {
      console.log(`ok ${line} # SKIP ${cannot[name]}`);
      continue;
    }
    try {
      await within(step(a, b, uri));
      console.log(`ok ${line}`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${line}\n# ${(error.stack ?? JSON.stringify(error)).replaceAll("\n", "\n# ")}`);
    }
  }
  await within(a.leave());
}
process.exit(failed === 0 ? 0 : 1);
