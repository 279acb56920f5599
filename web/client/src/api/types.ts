/** The types of arguments, results and events of the daemon and its components. */

/** No arguments, or nothing to tell. */
export type Empty = Readonly<Record<never, never>>;

/** Whether a component can do its work on this computer, and why not. */
export interface Availability {
  readonly available: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

/** The device that asks, as the computer's owner sees it. */
export interface Me {
  readonly id: string;
  readonly name: string;
  readonly platform: string;
  readonly model: string;
  readonly kind: string;
  readonly grants: readonly string[];
  /** When grants end that do. */
  readonly grants_until?: Readonly<Record<string, number>>;
  readonly paired_at: number;
  /** When the device is removed by itself. */
  readonly until?: number;
}

/** How the daemon is doing. */
export interface Status {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly uptime_ms: number;
  readonly pairing: boolean;
  readonly sessions: number;
  readonly devices: number;
  readonly listening: readonly string[];
  readonly components: readonly ComponentStatus[];
}

/** How a component is doing. */
export interface ComponentStatus {
  readonly name: string;
  readonly state: "running" | "starting" | "unavailable" | "failed" | "disabled";
  readonly reason?: string;
}

/** Whether slides can be turned, and by the keys of which viewer. */
export interface SlidesStatus extends Availability {
  readonly profile: string;
}

/** The viewers whose keys are known. */
export interface SlideProfiles {
  readonly current: string;
  readonly profiles: readonly {
    readonly name: string;
    readonly title: string;
    readonly actions: readonly string[];
  }[];
}

/** How bright the displays are. */
export interface Brightness extends Availability {
  readonly displays: readonly Display[];
  /** Whether somebody has it brighter for a while. */
  readonly boosted: boolean;
}

/** A display whose brightness can be set. */
export interface Display {
  readonly id: string;
  readonly name: string;
  readonly percent: number;
}

/** Whether the screen is locked, as far as the desktop tells. */
export interface Lock extends Availability {
  readonly state: "locked" | "unlocked" | "unknown";
}

/** What came of locking: `requested` if the desktop did not confirm it. */
export interface Locking {
  readonly state: "locked" | "requested";
}

/** Whether the screen is kept from going dark, and what for. */
export interface Awake extends Availability {
  readonly awake: boolean;
  readonly why?: readonly string[];
}

/** The media players that run. */
export interface Media extends Availability {
  readonly players: readonly Player[];
}

/** A media player and what it plays. */
export interface Player {
  readonly id: string;
  readonly name: string;
  readonly state: "playing" | "paused" | "stopped";
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly length_ms?: number;
  /** Where it is at the moment of the answer. */
  readonly position_ms?: number;
  readonly can_play?: boolean;
  readonly can_pause?: boolean;
  readonly can_next?: boolean;
  readonly can_previous?: boolean;
  readonly can_seek?: boolean;
}

/** Which player; the one in use if it is not said. */
export interface MediaPlayer {
  readonly player?: string;
}

/** Where to, from the beginning or from where it is. */
export type Seek = MediaPlayer & ({ readonly position_ms: number } | { readonly by_ms: number });

/** How loud it is. */
export interface Volume extends Availability {
  readonly percent: number;
  readonly muted: boolean;
  readonly microphone_muted?: boolean;
}
