/** A computer with everything: what the stand-in's components say and do, which is to remember it. */

import { smallPng } from "./png.mjs";

const URI = "org.deskconn.";

/** Everything that the page has a part for. */
export const EVERYTHING = [
  "slides",
  "status",
  "screen.brightness",
  "screen.lock",
  "screen.awake",
  "media",
  "volume",
  "input",
  "host",
  "open",
  "notify",
  "gpio:pump",
  "gpio:lamp",
  "gpio:door",
];

const VIEWERS = [
  [
    "libreoffice",
    "LibreOffice Impress",
    ["next", "previous", "first", "last", "start", "start_current", "stop", "black", "white"],
  ],
  [
    "powerpoint",
    "PowerPoint",
    ["next", "previous", "first", "last", "start", "start_current", "stop", "black", "white"],
  ],
  ["evince", "Evince", ["next", "previous", "first", "last", "start", "stop"]],
  ["okular", "Okular", ["next", "previous", "first", "last", "start", "stop", "black"]],
];

/** The picture of what is played, PNG in base64: morning over a field. */
const COVER = smallPng(
  Array.from({ length: 96 * 96 }, (_, at) => {
    const height = Math.floor(at / 96 / 6) * 6;
    return height < 66 ? [120 + height, 150 + height, 235 - height, 255] : [70, 120, 80, 255];
  }).flat(),
  96,
).toString("base64");

const HOST = {
  available: true,
  name: "study-laptop",
  load: { one: 0.52, five: 0.4, fifteen: 0.3 },
  cores: 8,
  memory: { total: 16e9, available: 9.5e9 },
  temperature: 47,
  battery: { percent: 80, state: "discharging", minutes_left: 95 },
};

/**
 * Puts the components into a stand-in.
 *
 * @returns their state: what they say next time; `tell(topic)` publishes it.
 */
export function furnish(daemon) {
  const state = {
    slides: { available: true, profile: "libreoffice" },
    brightness: {
      available: true,
      displays: [{ id: "intel_backlight", name: "Built-in display", percent: 62 }],
      boosted: false,
    },
    lock: { available: true, state: "unlocked" },
    awake: { available: true, awake: false },
    volume: { available: true, percent: 35, muted: false, microphone_muted: false },
    media: {
      available: true,
      players: [
        {
          id: "org.mpris.MediaPlayer2.vlc",
          name: "VLC",
          state: "playing",
          title: "The Lark Ascending",
          artist: "Ralph Vaughan Williams",
          album: "Evening Concert",
          has_art: true,
          length_ms: 931_000,
          position_ms: 254_000,
        },
      ],
    },
    lines: [
      line("pump", "Water pump", { value: true, next: at("16:00", false), max_pulse_ms: 60_000 }),
      line("lamp", "Desk lamp", { value: false, doing: undefined, max_pulse_ms: 5000 }),
      line("door", "Garage door", { direction: "input", writable: false, value: true }),
    ],
    schedule: {
      windows: [{ from: "10:00", until: "16:00", days: ["mon", "tue", "wed", "thu", "fri"] }],
      configured: false,
      time_zone: "Europe/Berlin",
      on: true,
      next: at("16:00", false),
    },
  };
  const tell = (topic, kwargs) => daemon.publish(URI + topic, kwargs);
  const serve = (name, answer) => daemon.procedures.set(URI + name, answer);
  const status = (name, key) => serve(`${name}.status`, () => state[key]);

  serve("daemon.status", () => ({
    name: "study-laptop",
    id: daemon.identity.id,
    version: "0.1.0",
    uptime_ms: 19_380_000,
    pairing: false,
    sessions: 4,
    devices: 2,
    listening: [],
    components: ["slides", "screen", "media", "volume", "gpio", "input"].map((name) => ({
      name,
      state: "running",
    })),
  }));
  serveSlides(serve, state);
  status("screen.brightness", "brightness");
  serve("screen.brightness.set", ({ percent, display }) => {
    const displays = state.brightness.displays.map((one) =>
      display === undefined || one.id === display ? { ...one, percent } : one,
    );
    state.brightness = { ...state.brightness, displays };
    tell("screen.brightness.on_change", state.brightness);
    return state.brightness;
  });
  status("screen.lock", "lock");
  serve("screen.lock.lock", () => {
    state.lock = { available: true, state: "locked" };
    tell("screen.lock.on_change", state.lock);
    return { state: "locked" };
  });
  status("screen.awake", "awake");
  const wake = (awake) => {
    state.awake = { available: true, awake };
    return awake ? { lease: 7 } : {};
  };
  serve("screen.awake.keep", () => wake(true));
  serve("screen.awake.release", () => wake(false));
  status("media", "media");
  serve("media.play_pause", () => {
    const [player] = state.media.players;
    const now = player.state === "playing" ? "paused" : "playing";
    state.media = { ...state.media, players: [{ ...player, state: now }] };
    tell("media.on_change", state.media);
    return {};
  });
  serve("media.art", () => ({ mime: "image/png", bytes: `\0${COVER}` }));
  for (const verb of ["next", "previous", "seek"]) {
    serve(`media.${verb}`, () => ({}));
  }
  status("volume", "volume");
  const sound = (change) => {
    state.volume = { ...state.volume, ...change };
    tell("volume.on_change", state.volume);
    return state.volume;
  };
  serve("volume.set", ({ percent }) => sound({ percent }));
  serve("volume.mute", ({ muted }) => sound({ muted }));
  serve("volume.mute_microphone", ({ muted }) => sound({ microphone_muted: muted }));
  serveLines(serve, tell, state);
  serve("host.status", () => HOST);
  serve("open.url", () => ({ state: "opened" }));
  serve("notify.show", () => ({ id: 1 }));
  serve("input.status", () => ({ available: true }));
  for (const verb of ["move", "scroll", "button", "key", "type"]) {
    serve(`input.${verb}`, () => ({}));
  }
  return { state, tell };
}

function serveSlides(serve, state) {
  for (const action of VIEWERS[0][2]) {
    serve(`slides.${action}`, () => ({}));
  }
  serve("slides.status", () => state.slides);
  serve("slides.profiles", () => ({
    current: state.slides.profile,
    profiles: VIEWERS.map(([name, title, actions]) => ({ name, title, actions })),
  }));
  serve("slides.set_profile", ({ profile }) => {
    state.slides = { ...state.slides, profile };
    return state.slides;
  });
}

function serveLines(serve, tell, state) {
  serve("gpio.list", () => ({ lines: state.lines }));
  const set = (name, value) => {
    state.lines = state.lines.map((one) => (one.name === name ? { ...one, value } : one));
    const change = { value, at: 1_800_000_000 };
    tell(`gpio.${name}.on_change`, change);
    return change;
  };
  for (const { name } of state.lines) {
    serve(`gpio.${name}.write`, ({ value }) => set(name, value));
    serve(`gpio.${name}.pulse`, () => set(name, true));
    serve(`gpio.${name}.schedule`, () => state.schedule);
    serve(`gpio.${name}.set_schedule`, ({ windows }) => {
      state.schedule = { ...state.schedule, windows: windows ?? [], configured: !windows };
      return state.schedule;
    });
  }
}

function line(name, title, more) {
  const shared = { available: true, direction: "output", writable: true, max_rate: 10 };
  return { ...shared, name, title, ...more };
}

/** A change of a schedule at a time of day. */
function at(time, value) {
  return { value, at: 1_800_000_000, local: `today ${time}` };
}
