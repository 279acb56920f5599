/** Makes `client/dist`, which is what is published: JavaScript, types, and a package.json of its own. */

import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(client, "dist");

rmSync(dist, { recursive: true, force: true });
execFileSync("npx", ["tsc", "--project", join(client, "tsconfig.dist.json")], { stdio: "inherit" });
for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (name.endsWith(".d.ts")) {
    // The compiler rewrites what is run and not what is only read.
    const file = join(dist, name);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replaceAll(/(["'])(\.[^"']*)\.ts\1/g, "$1$2.js$1"),
    );
  }
}
const { name, description, version, license, type, engines, sideEffects, dependencies } =
  JSON.parse(readFileSync(join(client, "package.json"), "utf8"));
const published = {
  ...{ name, description, version, license, type, engines, sideEffects, dependencies },
  homepage: "https://github.com/deskconn/deskconnd",
  exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  publishConfig: { access: "public" },
};
writeFileSync(join(dist, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
copyFileSync(join(client, "README.md"), join(dist, "README.md"));
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  copyFileSync(join(client, "../..", licence), join(dist, licence));
}
