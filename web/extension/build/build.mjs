/** Builds dist/chromium and dist/firefox, unpacked and as zips. */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { manifest } from "./manifest.mjs";
import { zip } from "./zip.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const scripts = join(dist, "scripts");

/** Every script, which is one file without imports: a content script can have none. */
const ENTRIES = {
  background: "src/background/main.ts",
  content: "src/content/main.ts",
  popup: "src/panel/popup.tsx",
  options: "src/panel/options.tsx",
};

/** Preact sets HTML where a program asks it to; ours never does, and can not by a mistake either. */
const noHtml = {
  name: "no-html",
  renderChunk: (code) => code.replaceAll(".innerHTML", ".textContent"),
};

rmSync(dist, { recursive: true, force: true });
for (const [name, entry] of Object.entries(ENTRIES)) {
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [noHtml],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: scripts,
      emptyOutDir: false,
      target: ["chrome116", "firefox140"],
      rolldownOptions: {
        input: join(root, entry),
        output: { format: "iife", entryFileNames: `${name}.js` },
      },
    },
  });
}

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const browser of ["chromium", "firefox"]) {
  const folder = join(dist, browser);
  mkdirSync(folder);
  cpSync(join(root, "public"), folder, { recursive: true });
  cpSync(scripts, folder, { recursive: true });
  const text = `${JSON.stringify(manifest(browser, version), null, 2)}\n`;
  writeFileSync(join(folder, "manifest.json"), text);
  const packed = zip(folder);
  writeFileSync(join(dist, `deskconn-${browser}-${version}.zip`), packed);
  console.log(
    `${(packed.length / 1000).toFixed(1).padStart(6)} kB  deskconn-${browser}-${version}.zip`,
  );
}
rmSync(scripts, { recursive: true });
