/**
 * The real daemon in a home of its own, its owner's command line, and a network that can be cut.
 *
 * DESKCONN_DAEMON is the command that starts a daemon, as a JSON array; DESKCONN_CLI is the program `deskconn`.
 */

import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runnerImport } from "vite";
import { WebSocket } from "ws";
import { HOST } from "./peer.mjs";
import { RealDesktop } from "./real-desktop.mjs";
import { eventually } from "./visit.mjs";

const run = promisify(execFile);
const web = fileURLToPath(new URL("..", import.meta.url));
const REALM = "deskconn";

/** Whether the environment says where the programs are. */
export const isThere = process.env.DESKCONN_DAEMON !== undefined;

export class RealDaemon {
  #home;
  #environment;
  #process;
  /** The port its pages are visited at, through {@link RealDaemon.relay}. */
  relay;
  #port = 0;

  /** The desktop it is on, if there is one. */
  desktop;

  /**
   * Starts a daemon whose only backlight is a file.
   *
   * @param desktop The parts of a desktop to play around it, on which no keys are pressed; none if not given.
   */
  static async start({ desktop } = {}) {
    const daemon = new RealDaemon();
    daemon.#home = await mkdtemp(join(tmpdir(), "deskconn-page-"));
    const [config, state, runtime] = ["config", "state", "runtime"].map((name) =>
      join(daemon.#home, name),
    );
    await Promise.all([config, state, runtime].map((folder) => mkdir(folder, { mode: 0o700 })));
    await makePanel(daemon.#home);
    await mkdir(join(config, "deskconn"));
    await writeFile(
      join(config, "deskconn/deskconnd.toml"),
      [
        "device.name = 'study'",
        "discovery.announce = false",
        // The test is its pins.
        "components.gpio.enabled = false",
        `listen.hosts = ['${HOST}']`,
        `components.screen.sysfs = '${join(daemon.#home, "sys")}'`,
        `components.slides.enabled = ${!desktop}`,
        `components.input.enabled = ${!desktop}`,
      ].join("\n"),
    );
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("DESKCONN_"));
    daemon.#environment = {
      ...Object.fromEntries(others),
      HOME: daemon.#home,
      XDG_CONFIG_HOME: config,
      XDG_STATE_HOME: state,
      XDG_RUNTIME_DIR: runtime,
      // No desktop of whoever runs the tests.
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent",
      DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/nonexistent",
    };
    if (desktop) {
      daemon.desktop = await RealDesktop.start(daemon.#home, desktop, daemon.#environment);
      Object.assign(daemon.#environment, daemon.desktop.environment);
    }
    await daemon.run();
    daemon.relay = await Relay.start(daemon.#port);
    return daemon;
  }

  /** The page's address. */
  get url() {
    return `http://${HOST}:${this.relay.port}/`;
  }

  /** Runs the daemon, at the port that it had before. */
  async run() {
    const [program, ...args] = JSON.parse(process.env.DESKCONN_DAEMON);
    const listen = ["--listen", `127.0.0.1:${this.#port}`];
    this.#process = spawn(program, [...args, ...listen], {
      env: this.#environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.said = "";
    this.#process.stderr.on("data", (text) => {
      this.said += text;
    });
    for (let tries = 0; this.#port === 0 || tries === 0; tries += 1) {
      const status = await this.#status();
      this.#port = Number(new URL(status.listening.find((url) => url.includes("127.0.0.1"))).port);
    }
  }

  /** Stops the daemon, as systemd would. */
  async stop() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await ended;
  }

  /** Stops everything and removes the home. */
  async end() {
    await this.stop();
    await this.relay.stop();
    await this.desktop?.end();
    await rm(this.#home, { recursive: true, force: true });
  }

  /** Runs the owner's `deskconn`. @returns what it printed. */
  async cli(...args) {
    const { stdout } = await run(process.env.DESKCONN_CLI, args, { env: this.#environment });
    return stdout;
  }

  /** Opens a pairing window, with further `options` of `deskconn pair`. */
  async pair(...options) {
    const screen = spawn(process.env.DESKCONN_CLI, ["pair", "--no-qr", ...options], {
      env: this.#environment,
      stdio: ["pipe", "pipe", "inherit"],
    });
    return PairingWindow.of(screen);
  }

  /** The id of the one device that is paired. */
  async device() {
    const { devices } = JSON.parse(await this.cli("--json", "call", "org.deskconn.daemon.devices"));
    return devices[0]?.id;
  }

  /** The level of the backlight, of 1000. */
  async level() {
    return Number(await readFile(this.#panel, "utf8"));
  }

  /** Somebody sets the backlight by its keys. */
  async setLevel(level) {
    await writeFile(this.#panel, String(level));
  }

  /** A session as the owner, in the realm of devices. */
  async owner() {
    const { module } = await runnerImport(join(web, "client/src/index.ts"), { root: web });
    const socket = join(this.#environment.XDG_RUNTIME_DIR, "deskconn/deskconnd.sock");
    return module.join({
      url: `ws+unix:${socket}:/ws`,
      realm: REALM,
      openSocket: (url, protocols) => new WebSocket(url, protocols),
    });
  }

  get #panel() {
    return join(this.#home, "sys/class/backlight/panel/brightness");
  }

  async #status() {
    for (let tries = 0; tries < 600; tries += 1) {
      try {
        return JSON.parse(await this.cli("--json", "status"));
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error(`the daemon did not start; it said:\n${this.said}`);
  }
}

/** What `deskconn pair` shows, and its owner's answer. */
class PairingWindow {
  #screen;
  #text = "";
  /** The eight digits. */
  code;
  /** The end of the link, which has the secret. */
  fragment;

  static async of(screen) {
    const window = new PairingWindow();
    window.#screen = screen;
    screen.stdout.on("data", (text) => {
      window.#text += text;
    });
    const [, digits] = await window.said(/Code (\d{4} \d{4})/);
    window.code = digits.replace(" ", "");
    [, window.fragment] = await window.said(/Link http:\/\/\S+(#p1\.\S+)\s/);
    return window;
  }

  /** Waits until it has said something like this. @returns the match. */
  async said(like) {
    await eventually(`it says ${like}`, () => like.test(this.#text));
    return this.#text.match(like);
  }

  /** Says a line to it. */
  answer(line) {
    this.#screen.stdin.write(`${line}\n`);
  }

  /** Closes it, as Ctrl-C does. */
  close() {
    this.#screen.kill("SIGINT");
  }
}

/** A network between page and daemon. */
class Relay {
  #server;
  #pairs = new Set();
  port = 0;
  #isCut = false;

  static async start(port) {
    const relay = new Relay();
    relay.#server = createServer((page) => relay.#join(page, connect(port, "127.0.0.1")));
    await new Promise((resolve) => relay.#server.listen(0, "127.0.0.1", resolve));
    relay.port = relay.#server.address().port;
    return relay;
  }

  /** Nothing goes through any more, and nobody is told. */
  cut() {
    this.#isCut = true;
    for (const socket of [...this.#pairs].flat()) {
      socket.pause();
    }
  }

  /** The network is back; connections of before are dead. */
  mend() {
    this.#isCut = false;
    for (const socket of [...this.#pairs].flat()) {
      socket.destroy();
    }
  }

  async stop() {
    this.mend();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(page, daemon) {
    const pair = [page, daemon];
    this.#pairs.add(pair);
    for (const [from, to] of [pair, pair.toReversed()]) {
      from.on("data", (data) => !this.#isCut && to.write(data));
      from.on("error", () => {});
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    if (this.#isCut) {
      page.pause();
    }
  }
}

/** Files that look like a panel with a backlight of 1000 steps, at 600. */
async function makePanel(home) {
  const connector = join(home, "sys/devices/card0-eDP-1");
  const device = join(connector, "panel");
  const classes = join(home, "sys/class/backlight");
  await mkdir(device, { recursive: true });
  await mkdir(classes, { recursive: true });
  await symlink(connector, join(device, "device"));
  await symlink(device, join(classes, "panel"));
  for (const [file, text] of [
    ["type", "raw"],
    ["max_brightness", "1000"],
    ["brightness", "600"],
  ]) {
    await writeFile(join(device, file), text);
  }
}
