/** A Vite plugin that puts a compressed copy beside every script and style, for the daemon to send. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** What the copies are called after their originals. */
export const COMPRESSED = ".gz";

export function compress(): Plugin {
  let folder = "";
  return {
    name: "compress",
    apply: "build",
    configResolved({ root, build }) {
      folder = join(root, build.outDir, build.assetsDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder)) {
        const file = join(folder, name);
        writeFileSync(`${file}${COMPRESSED}`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}
