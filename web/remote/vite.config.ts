/** The web remote: static files with hashed names, no inline script or style (the daemon's CSP). */

import { defineConfig } from "vite";
import { compress } from "./build/compress.ts";
import { sizeReport } from "./build/size-report.ts";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["es2022", "chrome105", "firefox110", "safari16"],
    // Data URLs for icons or fonts would need a laxer policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // While developing, the daemon answers at its own port.
  server: {
    proxy: { "/ws": { target: process.env.DESKCONN_URL ?? "http://127.0.0.1:5020", ws: true } },
  },
  plugins: [compress(), sizeReport(80_000)],
});
