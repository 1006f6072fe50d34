/**
 * What `check` found, as data: the JSON of `check --json`, and what `_check_report_text.ts` shows.
 *
 * @module
 */

import type { DeviceFacts, ScrapeState } from "../facts/mod.ts";
import type { NodeClass } from "../history/node_class.ts";
import type { CheckedLocal, CheckedPeer } from "./_checked_local.ts";

/** What `check` found. */
export interface CheckReport {
  /**
   * Whether, of what is configured, the API answers, every entry that selects devices matches one,
   * at least one device gives metrics and none fails to, tailscaled answers and is up, and the
   * database would take points.
   */
  readonly ok: boolean;
  /** What is allowed in the settings and probably not meant; these do not change `ok`. */
  readonly warnings: readonly string[];
  /** The API; null if it is not configured. */
  readonly api: {
    /** Its base URL. */
    readonly url: string;
    /** The tailnet's name as the API was asked for it; null where an API has only one. */
    readonly tailnet: string | null;
    /** Whether the tailnet is the embedded demo. */
    readonly simulated: boolean;
    /** What failed and what to do; null if nothing did. */
    readonly error: string | null;
    /** Why the list may be empty; null unless it is. */
    readonly advice: string | null;
    /** Devices in the API's answer; null without an answer. */
    readonly listed: number | null;
    /** Those of them that pass the filters; null without an answer. */
    readonly passed: number | null;
    /** The part of the fleet that is looked at, "0/4"; null for all of it. */
    readonly shard: string | null;
    /** Entries that select devices and match none, in a sentence each. */
    readonly unmatched: readonly string[];
    /**
     * Entries of `EXCLUDE_DEVICES` and `SCRAPE_PORTS` that match no device, in a sentence each;
     * these do not change `ok`, since they may be meant for devices to come.
     */
    readonly unused: readonly string[];
    /** Entries of the device list that could not be read, and why. */
    readonly rejected: readonly string[];
  } | null;
  /** This host's tailscaled; null if there is no way to it. */
  readonly tailscaled: {
    /** Its socket, or host and port. */
    readonly place: string;
    /** Whether it is our own node, embedded or a sidecar, which tsmetrics logs in. */
    readonly own_node: boolean;
    /** What it is doing; null if it does not say. */
    readonly state: string | null;
    /**
     * Why our own node is out of the tailnet and what to do; null if it is in, or it is another
     * tailscaled.
     */
    readonly problem: string | null;
    /** Whether it is connected to the control plane; null if it does not say. */
    readonly connected: boolean | null;
    /** What it finds wrong with itself. */
    readonly health: readonly string[];
    /** How many peers it knows; null unless it is up. */
    readonly peers: number | null;
    /** Peers that are no machines of the tailnet and left out, by their kind. */
    readonly excluded: Readonly<Record<string, number>>;
    /** Peers of its status that could not be read. */
    readonly rejected: number;
    /** What failed and what to do; null if nothing did. */
    readonly error: string | null;
  } | null;
  /** The database that points are written to; null if none is configured. */
  readonly database: CheckedDatabase | null;
  /** Each device that passes the filters, in the API's order. */
  readonly devices: readonly CheckedDevice[];
  /** Samples that devices gave and that are not relayed, by reason, the most first. */
  readonly left_out: readonly LeftOutSamples[];
  /** How many of the devices are up, failing and skipped. */
  readonly summary: CheckSummary;
  /** Each peer of this host, by name; none unless its tailscaled is up. */
  readonly peers: readonly CheckedPeer[];
}

/** The database that points are written to. */
export interface CheckedDatabase {
  /** Its base URL. */
  readonly url: string;
  /** Organisation and bucket, or the database, as they are configured. */
  readonly place: string;
  /** What is wrong and what to do; null if it would take points. */
  readonly error: string | null;
}

/** Devices by their outcome. */
export interface CheckSummary {
  /** Devices that give metrics. */
  readonly up: number;
  /** Devices whose scrape fails. */
  readonly failing: number;
  /** Devices that are not scraped. */
  readonly skipped: number;
  /** All of them. */
  readonly total: number;
}

/** Samples that are not relayed for one reason; what `METRICS_DROP` drops is not among them. */
export interface LeftOutSamples {
  /** The reason, as `tsmetrics_relay_dropped_total` counts it. */
  readonly reason: string;
  /** Samples of the last scrapes. */
  readonly samples: number;
  /** Devices that gave them. */
  readonly devices: number;
}

/** One device as `check` shows it. */
export interface CheckedDevice {
  /** The API's id. */
  readonly id: string;
  /** The API's name. */
  readonly name: string;
  /** Whether it is connected. */
  readonly online: boolean;
  /** "up" if it gives metrics. */
  readonly state: ScrapeState;
  /** The kind of failure, as `tsmetrics_scrape_errors_total` counts it; null if none. */
  readonly failure: string | null;
  /** Why it gives no metrics and what to do; null if it does. */
  readonly reason: string | null;
  /** Where it is scraped; null for a device that is skipped. */
  readonly url: string | null;
  /** Its type, by NODE_TYPES. */
  readonly type: string;
  /** The rule of NODE_TYPES that gave the type, "production=db-*"; null if none did. */
  readonly type_rule: string | null;
  /** The entry of CRITICAL_NODES that makes it critical; null if none does. */
  readonly critical_rule: string | null;
}

/** The API's side of a check. */
export interface CheckedApi {
  /** Its base URL. */
  readonly url: string;
  /** The tailnet's name as the API was asked for it; undefined where an API has only one. */
  readonly tailnet: string | undefined;
  /** What an empty device list may mean; undefined if no API is configured. */
  readonly emptyListHint: string | undefined;
  /** Whether the tailnet is the embedded demo. */
  readonly isSimulated: boolean;
  /** What failed and what to do. */
  readonly error: string | undefined;
  /** Devices listed and devices that pass the filters; undefined without an answer. */
  readonly counts: { readonly listed: number; readonly passed: number } | undefined;
  /** The part of the fleet that is looked at; undefined for all of it. */
  readonly shard: string | undefined;
  /** Entries that select devices and match none, in a sentence each. */
  readonly unmatched: readonly string[];
  /** Entries that exclude devices or give them a port, and match none, in a sentence each. */
  readonly unused: readonly string[];
  /** Entries of the device list that could not be read, and why. */
  readonly rejected: readonly string[];
}

/** All that a check found out. */
export interface Findings {
  /** What the settings allow and probably do not mean. */
  readonly warnings: readonly string[];
  /** The API; undefined if it is not configured. */
  readonly api: CheckedApi | undefined;
  /** Every device, in the API's order. */
  readonly devices: readonly DeviceFacts[];
  /** This host's tailscaled; undefined if there is no way to it. */
  readonly local: CheckedLocal | undefined;
  /** The database; undefined if none is configured. */
  readonly database: CheckedDatabase | undefined;
  /** The class of a device. */
  readonly classify: (device: DeviceFacts["device"]) => NodeClass;
}

/** Puts a report together. */
export function makeReport(findings: Findings): CheckReport {
  const { api, classify, database, devices: facts, local, warnings } = findings;
  const devices = facts.map(({ device, isOnline, scrape }): CheckedDevice => ({
    id: device.id,
    name: device.name,
    online: isOnline,
    state: scrape.state,
    failure: scrape.failure ?? null,
    reason: scrape.reason ?? null,
    url: scrape.url ?? null,
    ...describeClass(classify(device)),
  }));
  const summary = sumUp(devices);
  const isFleetGood = api === undefined ||
    api.error === undefined && api.unmatched.length === 0 && summary.up > 0 &&
      summary.failing === 0;
  return {
    ok: isFleetGood && (local === undefined || local.state === "Running") &&
      (database?.error ?? null) === null,
    warnings,
    api: api === undefined ? null : {
      url: api.url,
      tailnet: api.tailnet ?? null,
      simulated: api.isSimulated,
      error: api.error ?? null,
      advice: api.counts?.listed === 0 ? api.emptyListHint ?? null : null,
      listed: api.counts?.listed ?? null,
      passed: api.counts?.passed ?? null,
      shard: api.shard ?? null,
      unmatched: api.unmatched,
      unused: api.unused,
      rejected: api.rejected,
    },
    tailscaled: local === undefined ? null : {
      place: local.place,
      own_node: local.isOwnNode,
      state: local.state ?? null,
      problem: local.problem ?? null,
      connected: local.isConnected ?? null,
      health: local.health,
      peers: local.state === "Running" ? local.peers.length : null,
      excluded: local.excluded,
      rejected: local.rejectedCount,
      error: local.error ?? null,
    },
    database: database ?? null,
    devices,
    left_out: sumLeftOut(facts),
    summary,
    peers: local?.peers ?? [],
  };
}

function describeClass({ criticalRule, type, typeRule }: NodeClass) {
  return { type, type_rule: typeRule ?? null, critical_rule: criticalRule ?? null };
}

function sumLeftOut(devices: readonly DeviceFacts[]): readonly LeftOutSamples[] {
  const sums = new Map<string, { samples: number; readonly devices: Set<string> }>();
  for (const { key, leftOut } of devices) {
    for (const { reason, samples } of leftOut) {
      // What the operator asked for is no trouble.
      if (reason === "configured") continue;
      const sum = sums.get(reason) ?? { samples: 0, devices: new Set() };
      sum.samples += samples;
      sum.devices.add(key);
      sums.set(reason, sum);
    }
  }
  return [...sums].map(([reason, { devices, samples }]) => ({
    reason,
    samples,
    devices: devices.size,
  })).sort((a, b) => b.samples - a.samples);
}

function sumUp(devices: readonly CheckedDevice[]): CheckSummary {
  const up = devices.filter(({ state }) => state === "up").length;
  const failing = devices.filter(({ state }) => state === "down").length;
  return { up, failing, skipped: devices.length - up - failing, total: devices.length };
}
