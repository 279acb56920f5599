/** The words for how things are: one line that is always there, and advice when something is wrong. */

import type { Feature, PanelState } from "../protocol.ts";
import { type TextKey, text } from "./text.ts";

/** How serious it is; views choose a colour for it and never rely on the colour alone. */
export type Tone = "good" | "waiting" | "bad";

/** What is wrong, and what to do about it. */
export interface Notice {
  readonly tone: Exclude<Tone, "good">;
  readonly title: string;
  readonly advice: string;
  /** What helps: asking again, or the settings. */
  readonly remedy: "check" | "settings";
}

/** The status line. */
export function statusLine({ link, boosted }: PanelState): { tone: Tone; text: string } {
  switch (link) {
    case "unpaired":
      return { tone: "waiting", text: text("notPaired") };
    case "online":
      return { tone: "good", text: text(boosted ? "connectedBoosted" : "connected") };
    case "offline":
      return { tone: "bad", text: text("offline") };
    case "removed":
      return { tone: "bad", text: text("removed") };
    default:
      return { tone: "waiting", text: text("connecting") };
  }
}

/** What must be mended first, if anything: the link, then what it is for. */
export function notice(state: PanelState): Notice | undefined {
  return linkNotice(state) ?? (state.link === "online" ? featureNotice(state) : undefined);
}

function linkNotice({ link, blocked, computer }: PanelState): Notice | undefined {
  if (link === "unpaired") {
    return bad("pairFirst", text("pairFirstAdvice"), "settings");
  }
  if (link === "removed") {
    return bad("removedTitle", text("removedAdvice"), "settings");
  }
  if (link === "online") {
    return undefined;
  }
  if (blocked === "upgraded") {
    return bad("upgradedTitle", text("upgradedAdvice"));
  }
  if (blocked === "local_network") {
    return bad("localNetworkTitle", text("localNetworkAdvice"));
  }
  return link === "offline"
    ? bad("offlineTitle", text("offlineAdvice", computer?.host ?? ""))
    : undefined;
}

function featureNotice(state: PanelState): Notice | undefined {
  const device = state.device?.slice(0, 4) ?? "";
  const ofScreen = inWords(state.screen, device, {
    denied: "screenDeniedTitle",
    unavailable: "screenUnavailableTitle",
    grant: "screen.brightness",
    component: "screen",
  });
  const ofSlides = inWords(state.slides, device, {
    denied: "slidesDeniedTitle",
    unavailable: "slidesUnavailableTitle",
    grant: "slides",
    component: "slides",
  });
  const ofPress: Notice | undefined = state.pressFailed
    ? { ...bad("pressFailedTitle", text("pressFailedAdvice")), tone: "waiting" }
    : undefined;
  return ofScreen ?? (state.pressFailed ? (ofSlides ?? ofPress) : undefined);
}

/** How a part of the computer is called. */
interface Names {
  readonly denied: TextKey;
  readonly unavailable: TextKey;
  readonly grant: string;
  readonly component: string;
}

function inWords(feature: Feature, device: string, names: Names): Notice | undefined {
  switch (feature.kind) {
    case "denied":
      return bad(names.denied, text("deniedAdvice", device, names.grant));
    case "missing":
      return bad(names.unavailable, text("componentMissing", names.component));
    case "unavailable":
      return bad(names.unavailable, feature.reason ?? text("componentMissing", names.component));
    default:
      return undefined;
  }
}

function bad(title: TextKey, advice: string, remedy: Notice["remedy"] = "check"): Notice {
  return { tone: "bad", title: text(title), advice, remedy };
}
