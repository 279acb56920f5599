/** A Vite plugin that weighs what the daemon will serve and keeps it light. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { COMPRESSED } from "./compress.ts";

/**
 * Prints the gzipped size of every built file; compressed copies do not count once more.
 *
 * @param budget The most all files together may weigh, in bytes; more fails the build.
 */
export function sizeReport(budget: number): Plugin {
  let folder = "";
  return {
    name: "size-report",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const sizes = filesIn(folder).map((file) => {
        const size = gzipSync(readFileSync(file)).length;
        console.log(`${kilobytes(size).padStart(9)}  ${relative(folder, file)}`);
        return size;
      });
      const total = sizes.reduce((sum, size) => sum + size, 0);
      console.log(`${kilobytes(total).padStart(9)}  in all, gzipped (budget ${kilobytes(budget)})`);
      if (total > budget) {
        throw new Error("the web remote is heavier than its budget");
      }
    },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && !file.endsWith(COMPRESSED));
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
