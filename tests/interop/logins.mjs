// logins.mjs LIBRARY URL REALM: logs in with a foreign client, `autobahn` or `wampy`, by every method it
// has, as a user of `router.toml`. Prints TAP; exit status 1 if something failed.

import assert from "node:assert/strict";

const LIMIT_MS = 20_000;
// The private key of chris.
const CHRIS = "07".repeat(32);

const [library, url, realm] = process.argv.slice(2);
const { open } = await import(`./${library}.mjs`);

const logins = [
  { method: "ticket", authid: "tina", secret: "tina's ticket", wrong: "another's ticket" },
  { method: "wampcra", authid: "carla", secret: "carla's secret", wrong: "another's secret" },
  {
    method: "wampcra",
    salted: "salted ",
    authid: "salty",
    secret: "salty's secret",
    wrong: "another's secret",
  },
  { method: "cryptosign", authid: "chris", secret: CHRIS, wrong: "08".repeat(32) },
];

const within = (promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const welcome = async (login, expected) => {
  const peer = await open(url, realm, "json", login);
  assert.deepEqual({ ...peer.principal }, { ...peer.principal, ...expected });
  await peer.leave();
};

const refused = (login) =>
  assert.rejects(open(url, realm, "json", login), (error) =>
    /wamp\.error\./.test(JSON.stringify(error) + error),
  );

const checks = {
  anonymous: () => welcome(undefined, { authmethod: "anonymous", authrole: "guest" }),
};
for (const { wrong, salted = "", ...login } of logins) {
  const { method, authid } = login;
  const name = `${salted}${method} of`;
  checks[`${name} ${authid}`] = () =>
    welcome(login, { authmethod: method, authid, authrole: "user" });
  checks[`${name} ${authid}, wrong`] = () => refused({ ...login, secret: wrong });
  checks[`${name} somebody nobody knows`] = () => refused({ ...login, authid: "nobody" });
}

let failed = 0;
console.log(`1..${Object.keys(checks).length}`);
for (const [index, [name, check]] of Object.entries(checks).entries()) {
  try {
    await within(check());
    console.log(`ok ${index + 1} - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(
      `not ok ${index + 1} - ${name}\n# ${(error.stack ?? JSON.stringify(error)).replaceAll("\n", "\n# ")}`,
    );
  }
}
process.exit(failed === 0 ? 0 : 1);
