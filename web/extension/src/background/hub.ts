/** The background as a whole: pages tell it of films, popups ask it how things are, and it has one link. */

import type { OpenSocket } from "@deskconn/client";
import type { Memory } from "../memory.ts";
import type { PairAnswer, PairMessage, PanelMessage, PanelState } from "../protocol.ts";
import { DEFAULTS, type Settings } from "../settings.ts";
import { Audience, type Viewer } from "./audience.ts";
import { Booster } from "./booster.ts";
import { Desk } from "./desk.ts";
import { ask, featureAfter } from "./features.ts";
import { pairWith } from "./pairing.ts";

/** A popup that is open. */
export interface Panel {
  show(state: PanelState): void;
}

/** What the background stands on. */
export interface HubOptions {
  readonly memory: Memory;
  /** How this browser is called where its owner sees it, such as “Firefox on Linux”. */
  readonly name: () => Promise<string>;
  readonly openSocket: OpenSocket;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
}

type Features = Pick<PanelState, "screen" | "slides">;

const BRIGHTNESS_STATUS = "org.deskconn.screen.brightness.status";
const SLIDES_STATUS = "org.deskconn.slides.status";
const LEAVE = "org.deskconn.pairing.leave";

const NOT_ASKED: Features = { screen: { kind: "unknown" }, slides: { kind: "unknown" } };

export class Hub {
  readonly #options: HubOptions;
  readonly #desk: Desk;
  readonly #booster: Booster;
  readonly #audience = new Audience();
  readonly #panels = new Set<Panel>();
  #settings: Settings = DEFAULTS;
  #features: Features = NOT_ASKED;
  #asking: PanelState["asking"];
  #pressFailed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    const changed = () => this.#show();
    this.#desk = new Desk(
      { joined: () => this.#joined(), lost: () => this.#booster.lost(), changed },
      options.openSocket,
    );
    this.#booster = new Booster(this.#desk, (refusal) => this.#boosted(refusal));
  }

  /** How things are. */
  get state(): PanelState {
    const { computer, device, link, blocked } = this.#desk;
    return {
      computer: computer && { id: computer.id, name: computer.name, host: computer.host },
      device,
      asking: this.#asking,
      link,
      blocked,
      ...this.#features,
      boosted: this.#booster.isBoosted,
      pressFailed: this.#pressFailed,
    };
  }

  /** Reads who this browser is paired with. */
  async load(): Promise<void> {
    const { memory } = this.#options;
    const computer = await memory.computer();
    this.#desk.use(computer && { computer, identity: await memory.identity() });
  }

  /** Goes by these settings from now on. */
  set settings(settings: Settings) {
    this.#settings = settings;
    this.#weigh();
  }

  /** A page says whether a film fills its screen. */
  heard(viewer: Viewer, watching: boolean): void {
    this.#audience.heard(viewer, watching, this.#options.now());
    this.#weigh();
  }

  /** A tab was closed. */
  left(tab: number): void {
    this.#audience.left(tab);
    this.#weigh();
  }

  /** Looks for pages that went without a word. */
  sweep(): void {
    this.#audience.sweep(this.#options.now());
    this.#weigh();
  }

  /** A popup was opened: it is shown how things are until it is {@link closed}. */
  opened(panel: Panel): void {
    this.#panels.add(panel);
    this.#pressFailed = false;
    this.#desk.need("panel", true);
    // A link that waits to be tried again is tried while somebody looks; one that is there is probed.
    this.#desk.retry();
    panel.show(this.state);
  }

  closed(panel: Panel): void {
    this.#panels.delete(panel);
    this.#desk.need("panel", this.#panels.size > 0);
  }

  /** Does what a popup asks for. */
  async obey(message: PanelMessage): Promise<void> {
    if (message.kind === "slide") {
      await this.#press(message.action);
    } else {
      this.#desk.retry();
      await this.#check();
    }
  }

  /** Pairs with a computer, in the place of the one there may be. */
  async pair(message: PairMessage): Promise<PairAnswer> {
    const { memory, name, openSocket } = this.#options;
    const asked = (words: PanelState["asking"]) => {
      this.#asking = words;
      this.#show();
    };
    const browser = { name: await name(), openSocket };
    const answer = await pairWith(message, memory, browser, asked);
    asked(undefined);
    if ("words" in answer) {
      await this.load();
    }
    return answer;
  }

  /** Forgets the computer, which forgets this browser if it can be reached now. */
  async forget(): Promise<void> {
    // The computer ends the session instead of answering; unreached, it keeps the device in its list.
    await this.#desk.call(LEAVE).catch(() => {});
    await this.#options.memory.forget();
    this.#desk.use(undefined);
  }

  #weigh(): void {
    const { percent, sitesOff } = this.#settings;
    this.#booster.want(this.#audience.isWatching(sitesOff) ? percent : undefined);
    this.#desk.need("film", this.#booster.needsLink);
  }

  #joined(): void {
    this.#booster.joined();
    void this.#check();
  }

  /** Asks what works, so that a popup can say it before anything is tried. */
  async #check(): Promise<void> {
    const [screen, slides] = await Promise.all([
      ask(this.#desk, BRIGHTNESS_STATUS),
      ask(this.#desk, SLIDES_STATUS),
    ]);
    this.#features = { screen, slides };
    this.#show();
  }

  /** A boost began, ended, or was refused. */
  #boosted(refusal: unknown): void {
    const screen = featureAfter(refusal);
    if (screen) {
      this.#features = { ...this.#features, screen };
    }
    this.#desk.need("film", this.#booster.needsLink);
    this.#show();
  }

  async #press(action: "next" | "previous"): Promise<void> {
    try {
      await this.#desk.call(`org.deskconn.slides.${action}`);
      this.#pressFailed = false;
      this.#features = { ...this.#features, slides: { kind: "ready" } };
    } catch (error) {
      this.#pressFailed = true;
      const slides = featureAfter(error);
      this.#features = slides ? { ...this.#features, slides } : this.#features;
    }
    this.#show();
  }

  #show(): void {
    for (const panel of this.#panels) {
      panel.show(this.state);
    }
  }
}
