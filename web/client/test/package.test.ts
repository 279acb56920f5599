/** What is published: it runs as it is in Node, has its types, and nothing else is in it. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, expect, it } from "vitest";

const client = fileURLToPath(new URL("..", import.meta.url));
const dist = join(client, "dist");

beforeAll(() => {
  execFileSync("node", [join(client, "build/package.mjs")], { cwd: client });
});

it("is imported by Node without any tool", () => {
  const program = `
    import * as client from ${JSON.stringify(pathToFileURL(join(dist, "index.js")).href)};
    console.log(client.parseCode("4821 7305"), typeof client.connect, client.generateIdentity().id.length);
  `;
  const said = execFileSync("node", ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  expect(said).toBe("48217305 function 32\n");
});

it("has a package that says what is in it", () => {
  const { exports, private: isPrivate } = JSON.parse(
    readFileSync(join(dist, "package.json"), "utf8"),
  );
  expect(isPrivate).toBeUndefined();
  const pack = ["pack", "--dry-run", "--json", "--offline"];
  const [{ files }] = JSON.parse(
    execFileSync("npm", pack, { cwd: dist, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  const names: string[] = files.map(({ path }: { path: string }) => path);
  for (const path of Object.values<string>(exports["."])) {
    expect(names).toContain(path.replace("./", ""));
  }
  expect(names).toEqual(expect.arrayContaining(["README.md", "LICENSE-MIT", "LICENSE-APACHE"]));
  const isExpected = (name: string) =>
    /\.(js|d\.ts)$|^(README\.md|LICENSE-\w+|package\.json)$/.test(name);
  expect(names.filter((name) => !isExpected(name))).toEqual([]);
});

it("has no types that lead to sources", () => {
  const types = readFileSync(join(dist, "index.d.ts"), "utf8");
  expect(types).toContain("./connect.js");
  expect(types).not.toMatch(/\.ts["']/);
});
