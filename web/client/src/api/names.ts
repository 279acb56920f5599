/**
 * What every procedure takes and gives and every topic carries: keyword arguments, by name.
 *
 * Names are written without the `org.deskconn.` that all of them begin with. Percentages are whole,
 * `*_ms` are milliseconds, and moments are seconds since 1970. Optional fields may be absent.
 */

import type { ComponentProcedures, ComponentTopics, NamedProcedures } from "./components.ts";
import type { Empty, Signature } from "./signature.ts";
import type { Me, Status } from "./types.ts";

/** What a device may ask the daemon itself. */
interface DaemonProcedures {
  "daemon.me": Signature<Empty, Me>;
  "daemon.status": Signature<Empty, Status>;
  "pairing.leave": Signature<Empty, Empty>;
}

/** What a device may be told by the daemon itself. */
interface DaemonTopics {
  "daemon.on_me_changed": Me;
}

/** Every procedure with a fixed name. */
export type Procedures = DaemonProcedures & ComponentProcedures;

/** Every topic with a fixed name, and what its events carry. */
export type Topics = DaemonTopics & ComponentTopics;

/** What can be done to a GPIO line: the last part of `gpio.<line>.<verb>`. */
export type LineVerb = {
  [K in keyof NamedProcedures]: K extends `gpio.NAME.${infer Verb}` ? Verb : never;
}[keyof NamedProcedures];

/** What that takes and gives. */
export type LineProcedure<V extends LineVerb> = NamedProcedures[`gpio.NAME.${V}`];
