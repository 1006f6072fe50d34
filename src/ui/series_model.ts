/**
 * What the page reads of series over time. Types only; the schemas are in `src/api/`.
 *
 * @module
 */

/** Rates in bytes a second by path; null where unknown. */
export interface TrafficRates {
  /** Straight from node to node. */
  readonly direct: readonly (number | null)[];
  /** Over another node. */
  readonly peer_relay: readonly (number | null)[];
  /** Over a DERP relay. */
  readonly derp: readonly (number | null)[];
}

/** Traffic of the last hour. */
export interface Traffic {
  /** Time of the first rate. */
  readonly start: string;
  /** Time from one rate to the next. */
  readonly step_seconds: number;
  /** Bytes received. */
  readonly received: TrafficRates;
  /** Bytes sent. */
  readonly sent: TrafficRates;
}

/** Nodes of an hour, on average. */
export interface OnlineHour {
  /** Its begin. */
  readonly time: string;
  /** All nodes. */
  readonly nodes: number;
  /** Those that were online. */
  readonly online: number;
}

/** `/api/v1/online`. */
export interface OnlineHours {
  /** Hours that were observed. */
  readonly hours: readonly OnlineHour[];
}
