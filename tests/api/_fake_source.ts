/**
 * Facts for the tests of the JSON API.
 *
 * @module
 */

import { Alerts, type BookEntry } from "../../src/alerts/mod.ts";
import type { ApiSource, Monitored } from "../../src/api/fact_source.ts";
import { Query } from "../../src/api/parameter.ts";
import type { Device } from "../../src/control/device.ts";
import {
  type DeviceFacts,
  type DeviceScrape,
  type HostFacts,
  PENDING,
  type ShownOwnNode,
  type TailnetFacts,
} from "../../src/facts/mod.ts";
import { createClassifier, History } from "../../src/history/mod.ts";
import { debugJson } from "../../src/http/debug.ts";
import { healthJson } from "../../src/http/health.ts";
import { makeDevice, makeKnown, makeListing } from "../devices/_device.ts";
import { debugReport, healthReport } from "../http/_fake_views.ts";

/** The time of all tests. */
export const NOW_MS: number = Date.UTC(2026, 0, 31, 12);

/** The state of metrics that were read. */
export const UP: DeviceScrape = {
  ...PENDING,
  state: "up",
  reason: undefined,
  url: "http://100.64.0.7:5252/metrics",
  lastSuccessMs: NOW_MS,
};

/** A device with its metrics. */
export function makeFacts(
  device: Partial<Device> = {},
  { isOnline = true, scrape = UP }: Partial<DeviceFacts> = {},
): DeviceFacts {
  return { ...makeKnown(makeDevice(device), isOnline), scrape, leftOut: [] };
}

/** A tailnet of these devices. */
export function makeTailnet(
  devices: readonly DeviceFacts[],
  facts: Partial<TailnetFacts> = {},
): TailnetFacts {
  return {
    tailnet: "example.com",
    atMs: NOW_MS,
    api: { answers: true, sinceMs: 0, atMs: NOW_MS, lastListMs: NOW_MS, error: undefined },
    listing: makeListing(devices),
    isFresh: true,
    scrapes: new Map(devices.map(({ key, scrape }) => [key, scrape])),
    ...facts,
  };
}

/** A host with two peers, one of them the device with this node id. */
export function makeHost(facts: Partial<HostFacts> = {}): HostFacts {
  return {
    host: "local",
    name: "db",
    atMs: NOW_MS,
    answers: true,
    sinceMs: 0,
    backend: "Running",
    health: [],
    isFresh: true,
    peerCount: 2,
    peers: new Map([
      ["n1", { id: "n1", name: "web-1", path: "direct_v4", sinceMs: NOW_MS - 60_000 }],
      ["n2", {
        id: "n2",
        name: "web-2",
        path: "derp",
        sinceMs: NOW_MS,
        region: "fra",
        rttMs: 24,
        earlierMs: 20_000,
        earlierRelayMs: 5_000,
      }],
    ]),
    actions: [
      { number: 1, kind: "rebind", succeeded: true, atMs: NOW_MS - 2_000 },
      { number: 2, kind: "reconnect", succeeded: false, atMs: NOW_MS - 1_000 },
    ],
    ...facts,
  };
}

/** Our own node. Default: running for a minute, with an auth key. */
export function makeOwnNode(facts: Partial<ShownOwnNode> = {}): ShownOwnNode {
  return {
    state: "running",
    summary: "The embedded node is running.",
    atMs: NOW_MS,
    sinceMs: NOW_MS - 60_000,
    hasAuthKey: true,
    hasError: false,
    loginPlace: undefined,
    addresses: ["100.64.0.9"],
    ...facts,
  };
}

/** A monitor with the default types and no past, and the class of each node by its name. */
export function makeMonitor(devices: readonly DeviceFacts[]): Monitored & {
  readonly history: History;
  readonly alerts: Alerts;
} {
  const byKey = new Map(devices.map((facts) => [facts.key, facts]));
  const classify = createClassifier({
    types: [
      { type: "git", patterns: ["git*"] },
      { type: "development", patterns: ["*-dev"] },
      { type: "production", patterns: ["prod*"] },
    ],
    critical: ["type:git", "type:production"],
  });
  let ids = 0;
  return {
    classify,
    includesPersonal: false,
    isLoaded: true,
    revisions: () => ({ alerts: 0, devices: 0, hosts: 0 }),
    streams: { open: 0, refused: 0 },
    traffic: { series: () => undefined },
    jobs: { runs: [] },
    history: new History({
      maxEvents: 1_000,
      keepMs: 30 * 86_400_000,
      maxGapMs: 3_600_000,
      now: () => NOW_MS,
      elapsed: () => 0,
      isCritical: ({ device }) => classify(device).isCritical,
      findNode: () => undefined,
    }),
    alerts: new Alerts({
      offlineMs: 120_000,
      includesPersonal: false,
      classify,
      now: () => NOW_MS,
      elapsed: () => 0,
      makeId: () => String(++ids),
      findDevice: (key) => byKey.get(key),
      credentialExpiresAtSeconds: () => undefined,
    }),
  };
}

/** A monitor with the alerts of these devices, which an earlier process had an hour ago. */
export async function restoreMonitor(
  devices: readonly DeviceFacts[],
  change: Partial<BookEntry> = {},
): Promise<ReturnType<typeof makeMonitor>> {
  const earlier = makeMonitor(devices).alerts;
  await earlier.look(makeTailnet(devices));
  const monitor = makeMonitor(devices);
  const { entries, ...state } = earlier.state();
  const restored = entries.map((entry) => ({
    ...entry,
    sinceMs: NOW_MS - 3_600_000,
    ...change,
  }));
  monitor.alerts.restore({ ...state, entries: restored });
  return monitor;
}

/** What the API is shown of a tailnet of these devices. */
export function makeSource(
  devices: readonly DeviceFacts[],
  source: Partial<ApiSource> = {},
): ApiSource {
  const tailnet = makeTailnet(devices);
  return {
    tailnets: () => [tailnet],
    host: () => undefined,
    ownNode: () => undefined,
    leftOutOf: () => [],
    monitor: () => undefined,
    analytics: () => undefined,
    health: () => ({ ...healthJson(healthReport()) }),
    debug: () => debugJson(debugReport()),
    now: () => NOW_MS,
    ...source,
  };
}

/** A checked query. */
export function makeQuery(params: Readonly<Record<string, string | readonly string[]>> = {}) {
  return new Query(
    new Map(
      Object.entries(params).map(([name, value]) => [
        name,
        typeof value === "string" ? [value] : value,
      ]),
    ),
  );
}
