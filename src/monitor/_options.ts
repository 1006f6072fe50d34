/**
 * What a monitor is made of.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import type { Device } from "../control/mod.ts";
import type { HostFacts, KnownDevice } from "../facts/mod.ts";
import type { ObservedNode, TellPast, TrafficTotals } from "../history/mod.ts";
import type { Job } from "../jobs/mod.ts";
import type { NotifierOptions } from "../notify/mod.ts";
import type { Runtime } from "../runtime.ts";
import type { Delay } from "../time/delay.ts";

/** The settings of history and alerts. */
export type MonitorSettings = Pick<
  Config,
  | "alertCooldownMs"
  | "alertOfflineMs"
  | "alertPersonal"
  | "alertWebhookFormat"
  | "alertWebhookUrl"
  | "alertmanagerUrl"
  | "alerts"
  | "criticalIntervalMs"
  | "criticalNodes"
  | "healthIntervalMs"
  | "historyKeepMs"
  | "historyMaxEvents"
  | "historyStore"
  | "nodeTypes"
  | "oauthClientId"
  | "peersIntervalMs"
  | "reportIntervalMs"
  | "scrapeIntervalMs"
  | "testDevices"
>;

/** What a monitor is made of. */
export interface MonitorOptions extends Pick<NotifierOptions, "fetch" | "redactor"> {
  /** The settings. */
  readonly settings: MonitorSettings;
  /** The process. */
  readonly runtime: Pick<Runtime, "caches" | "elapsedMs" | "now">;
  /** Names the store that keeps it over a restart; undefined if nothing is kept. */
  readonly storeName: string | undefined;
  /** The API's device by the stable id of its node. */
  readonly findDevice: (nodeId: string) => KnownDevice | undefined;
  /** What is known about this host; undefined if its tailscaled is not read. */
  readonly readHost: (() => HostFacts | undefined) | undefined;
  /** Our own node of the tailnet. Default: there is none. */
  readonly ownNode?: ObservedNode | undefined;
  /** Reads the bytes that each node sent and received, from the metrics on the page. */
  readonly readTraffic: () => Iterable<readonly [key: string, totals: TrafficTotals]>;
  /** Takes how all nodes are, for the database. Default: there is none. */
  readonly writeNodes?:
    | ((devices: readonly KnownDevice[], typeOf: (device: Device) => string) => Promise<void>)
    | undefined;
  /** Waits for the store, for jobs and for a simulated past. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** When the API's credential expires, in Unix seconds; undefined while that is not known. */
  readonly tokenExpiresAtSeconds: () => number | undefined;
  /** Tells a simulated past. Default: there is none. */
  readonly tellPast?: TellPast | undefined;
  /** Jobs of other parts. Default: none. */
  readonly jobs?: readonly Job[] | undefined;
}
