/** One vitest run for every package of the workspace. */

import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["*/test/**/*.test.{ts,tsx}"],
    // Key agreement in a debug build of a busy machine is slow; nothing here is timed.
    testTimeout: 30_000,
  },
});
