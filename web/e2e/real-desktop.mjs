/** A desktop that is played for the real daemon: python-dbusmock's, and a sound server without hardware. */

import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { eventually } from "./visit.mjs";

const run = promisify(execFile);
const PLAYED = fileURLToPath(new URL("../../tests/desktop/desktop.py", import.meta.url));

export class RealDesktop {
  #home;
  #programs = [];
  #control;
  #played;
  #sound;
  /** How far what was called has been looked through. */
  #seen = 0;

  /**
   * Plays these `parts` of `tests/desktop/desktop.py`, and a sound server; `scripts/setup desktop` installs what
   * that takes.
   *
   * @param home Where its files are.
   * @param environment That of the daemon.
   */
  static async start(home, parts, environment) {
    const desktop = new RealDesktop();
    desktop.#home = home;
    const address = `unix:path=${join(home, "bus")}`;
    const bus = ["--session", "--nofork", "--print-address", `--address=${address}`];
    await desktop.#run("dbus-daemon", bus, environment, "unix:path");
    desktop.#control = join(home, "desktop");
    await run("mkfifo", [desktop.#control]);
    const onBus = { ...environment, DBUS_SESSION_BUS_ADDRESS: address };
    // Debian's, which has python3-dbusmock.
    const words = [PLAYED, desktop.#control, ...parts];
    desktop.#played = await desktop.#run("/usr/bin/python3", words, onBus, "ready");
    desktop.#sound = `unix:${join(home, "pulse")}`;
    await desktop.#serveSound(environment);
    return desktop;
  }

  /** What makes a program one of this desktop. */
  get environment() {
    const address = `unix:path=${join(this.#home, "bus")}`;
    return {
      DBUS_SESSION_BUS_ADDRESS: address,
      DBUS_SYSTEM_BUS_ADDRESS: address,
      PULSE_SERVER: this.#sound,
    };
  }

  /** Waits until something was called whose name and arguments are like this. @returns the match. */
  async wasCalled(like) {
    let match;
    await eventually(`${like} was called`, () => {
      match = this.#played.said.slice(this.#seen).match(like);
      return match;
    });
    this.#seen += match.index + match[0].length;
    return match;
  }

  /** Has something happen, as `desktop.py` says. */
  async happen(...what) {
    await writeFile(this.#control, `${JSON.stringify(what)}\n`);
  }

  /** Somebody else works the sound server. @returns what `pactl` says. */
  async pactl(...words) {
    const env = { ...process.env, PULSE_SERVER: this.#sound, LC_ALL: "C" };
    return (await run("pactl", words, { env })).stdout;
  }

  /** Ends it all, the last first. */
  async end() {
    for (const program of this.#programs.toReversed()) {
      const ended = new Promise((resolve) => program.once("exit", resolve));
      program.kill("SIGKILL");
      await ended;
    }
  }

  async #serveSound(environment) {
    const protocol = `auth-anonymous=1 socket=${join(this.#home, "pulse")}`;
    const modules = ["null-sink", "null-source", `native-protocol-unix ${protocol}`];
    const loads = modules.map((module) => `--load=module-${module}`);
    const words = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", ...loads];
    await this.#run("pulseaudio", words, environment);
    await eventually("the sound server answers", () =>
      this.pactl("info").then(
        () => true,
        () => false,
      ),
    );
  }

  /** Runs a program, until it says `ready` if that is given. */
  async #run(program, words, env, ready = "") {
    const running = spawn(program, words, { env, stdio: ["ignore", "pipe", "ignore"] });
    this.#programs.push(running);
    running.said = "";
    running.stdout.on("data", (text) => {
      running.said += text;
    });
    await eventually(`${program} is ready`, () => running.said.includes(ready));
    return running;
  }
}
