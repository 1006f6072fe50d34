/**
 * What the JSON API reads: snapshots, history, alerts and counts. The exporter's wiring provides
 * them.
 *
 * @module
 */

import type { AnalyticsViews } from "../access/mod.ts";
import type { Alerts, BookEntry } from "../alerts/mod.ts";
import type { Device } from "../control/mod.ts";
import {
  createDeviceKey,
  type HostFacts,
  type LeftOut,
  type ProblemContext,
  type ShownOwnNode,
  type TailnetFacts,
} from "../facts/mod.ts";
import type { EventLog, History, NodeClass, TrafficLog } from "../history/mod.ts";
import type { JobRuns } from "../jobs/mod.ts";
import type { JsonObject } from "../json/json.ts";

/** What happened, and what is wrong. */
export interface Monitored {
  /** Events and time online. */
  readonly history:
    & Pick<History, "onlineHours" | "simulatedUntilMs" | "uptime" | "uptimeBuckets">
    & {
      readonly log: Pick<EventLog, "droppedId" | "lastId" | "queryInSlices" | "since">;
    };
  /** Traffic of the last hour by node. */
  readonly traffic: Pick<TrafficLog, "series">;
  /** How the runs of each job went. */
  readonly jobs: { readonly runs: readonly JobRuns[] };
  /** Alerts and silences; undefined if they are off. */
  readonly alerts:
    | Pick<Alerts, "entries" | "list" | "silence" | "silences" | "unsilence">
    | undefined;
  /** The class of a node. */
  readonly classify: (device: Device) => NodeClass;
  /** Whether laptops and phones count as servers do. */
  readonly includesPersonal: boolean;
  /** Whether the past has been read from the store, so that ids of events are final. */
  readonly isLoaded: boolean;
  /** A number for each topic that rises when something about it may have changed. */
  revisions(): Readonly<Record<StreamTopic, number>>;
  /** Notes streams of events for the metrics. */
  readonly streams: StreamCounts;
}

/** What the page shows and reloads when it has changed. */
export type StreamTopic = "alerts" | "devices" | "hosts";

/** Counts of event streams; written by the server, read by the metrics. */
export interface StreamCounts {
  /** Streams that are open. */
  open: number;
  /** Streams that were refused because there are too many. */
  refused: number;
}

/** Provides the facts; each call returns at once and never throws. */
export interface FactSource {
  /** A snapshot of each tailnet. */
  tailnets(): readonly TailnetFacts[];
  /** A snapshot of this host; undefined if there is no way to its tailscaled. */
  host(): HostFacts | undefined;
  /** Our own node of the tailnet; undefined if there is none. */
  ownNode(): ShownOwnNode | undefined;
  /** What is left out of a device's metrics, by the device's key. */
  leftOutOf(key: string): readonly LeftOut[];
  /** What happened; undefined if nothing is remembered. */
  monitor(): Monitored | undefined;
}

/** Provides all that the API shows. */
export interface ApiSource extends FactSource {
  /** Access analytics; undefined if no access logs are taken. */
  analytics(): AnalyticsViews | undefined;
  /** How the program is, as `/health` tells it. */
  health(): JsonObject;
  /** How the program is, as `/debug` tells it, without the devices. */
  debug(): JsonObject & {
    readonly config: JsonObject;
    readonly runtime: JsonObject & {
      readonly memory_bytes: number;
      readonly deno_version: string;
    };
    readonly metrics: JsonObject & { readonly samples: number; readonly scrape_errors: number };
    readonly api: JsonObject | null;
    readonly node?: JsonObject;
    readonly cardinality: JsonObject;
  };
  /** The time in milliseconds since 1970. */
  now(): number;
}

/** The alerts whose condition holds; one whose condition is over may fire a little longer. */
export function currentAlertsOf(monitor: Monitored | undefined): readonly BookEntry[] {
  return [...monitor?.alerts?.entries() ?? []]
    .filter(({ clearSinceMs, state }) => state !== "resolved" && clearSinceMs === undefined);
}

/** What devices are judged by: as the monitor classifies them, and its alerts are set. */
export function problemContext(
  nowMs: number,
  monitor: Monitored | undefined,
  ownNode?: Pick<ShownOwnNode, "addresses">,
): ProblemContext {
  return {
    nowMs,
    isOwnNode: ownNode &&
      (({ addresses }) => addresses.some((each) => ownNode.addresses.includes(each))),
    isCritical: monitor && ((device) => monitor.classify(device).isCritical),
    includesPersonal: monitor?.includesPersonal,
  };
}

/**
 * The key of a device, by which history and alerts know it.
 *
 * @param id Its id, its node's stable id, or its name; of one that is gone its id.
 */
export function keyOfNode(source: FactSource, id: string): string {
  const tailnets = source.tailnets();
  for (const { listing } of tailnets) {
    const found = listing?.devices.find(({ device }) => isCalled(device, id));
    if (found !== undefined) return found.key;
  }
  const [first] = tailnets;
  return first === undefined ? id : createDeviceKey(first.tailnet)(id);
}

/** Whether a device has this id, stable id or name. */
export function isCalled(device: Device, id: string): boolean {
  return device.id === id || device.nodeId === id || device.name === id;
}
