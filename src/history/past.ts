/**
 * What a simulated control plane tells of the time before the start, as types. A real one tells
 * nothing of it.
 *
 * @module
 */

/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  /** Its begin; -Infinity for one that began before all that is told. */
  readonly fromMs: number;
  /** Its end; undefined while it lasts. */
  readonly untilMs: number | undefined;
}

/** Something that began and lasts. */
export interface PastTrouble {
  /** When it began, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** What it is, in one sentence. */
  readonly reason: string;
}

/** The past of one device. Units: milliseconds since 1970. */
export interface DevicePast {
  /** The control plane's id. */
  readonly id: string;
  /** Its full name. */
  readonly name: string;
  /** When it joined the tailnet. */
  readonly joinedMs: number;
  /** When it left the tailnet; undefined if it is still there. */
  readonly leftMs: number | undefined;
  /** When it was offline, in the order of time. */
  readonly outages: readonly Span[];
  /** Since when its metrics cannot be read; undefined if they can. */
  readonly unreadable: PastTrouble | undefined;
  /** Since when Tailnet Lock reports an error; undefined if it does not. */
  readonly lockErrorMs: number | undefined;
  /** Since when it offers a route that is not approved; undefined if it offers none. */
  readonly routesMs: number | undefined;
  /** Since when the host reaches it over a DERP relay. Default: it does not. */
  readonly relayedMs?: number | undefined;
  /** Since when an update is available; undefined if none is. */
  readonly updateMs: number | undefined;
}

/** The time before the start. */
export interface Past {
  /** Its begin, in milliseconds since 1970. */
  readonly fromMs: number;
  /** When the control plane did not answer, in the order of time. */
  readonly apiOutages: readonly Span[];
  /** The devices, those that left included; each is made when it is come to. */
  devices(): Iterable<DevicePast>;
}

/**
 * Tells the past between two moments, in milliseconds since 1970.
 *
 * @returns undefined if there is none.
 */
export type TellPast = (fromMs: number, untilMs: number) => Past | undefined;
