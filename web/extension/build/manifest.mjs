/** The manifests: what both browsers are told, and what only one of them. */

/** Fixes the extension's id in Chromium, `fmimmdlilaidagalfbnnkphikfopplcc`; a public key, in DER. */
const KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtDyBj+A/slM/EJ13N2N9xSrAf7npTnfO4/VVOiRucGQs9TZpSrEOnLh/LcN0Jz+LzNUlwEDvUrB5COszmViIs8VnqFuw9KhdBmAq7IT4USX49ojM1l7DpKQinTWifVxe/hH2vUFl/JS8y2j+aI3cCYg9vU0+IX7i2/S2UQllIVdMjnc9kUL1dSdhjrwpm6Uq3zCpa66tEVrzaEtpjVpOTxsHBuPVSly1yCioRVYL2ZK6L1H2Utbb0tLQuDbNasIx6VPZCi+Zbal14TFpqQN3BfN15AaMkZ6ZsnkV/gwq0r3uVcZPskjKqQJDJ/1AW/wPl6XLoss7jmzpB7YVOppBLQIDAQAB";

const ICONS = Object.fromEntries([16, 32, 48, 128].map((size) => [size, `icons/${size}.png`]));

const BACKGROUND = "background.js";

/**
 * The manifest for a browser.
 *
 * @param {"chromium" | "firefox"} browser
 * @param {string} version Of the extension, in numbers.
 */
export function manifest(browser, version) {
  const common = {
    manifest_version: 3,
    name: "__MSG_name__",
    description: "__MSG_description__",
    version,
    default_locale: "en",
    icons: ICONS,
    action: { default_popup: "popup.html", default_icon: ICONS, default_title: "__MSG_name__" },
    options_ui: { page: "options.html", open_in_tab: true },
    // The site in front of the popup; pages of sites are for a person to allow, one by one or all.
    permissions: ["activeTab", "scripting", "storage"],
    optional_host_permissions: ["*://*/*"],
    // Without a policy of its own, Firefox would turn ws:// into wss://, which no daemon has to speak.
    content_security_policy: { extension_pages: "script-src 'self'" },
  };
  const only = {
    chromium: {
      key: KEY,
      // Since then a WebSocket keeps the service worker.
      minimum_chrome_version: "116",
      background: { service_worker: BACKGROUND },
    },
    firefox: {
      background: { scripts: [BACKGROUND] },
      browser_specific_settings: {
        gecko: {
          id: "extension@deskconn.org",
          strict_min_version: "142.0",
          data_collection_permissions: { required: ["none"] },
        },
      },
    },
  };
  return { ...common, ...only[browser] };
}
