/**
 * The changes between two snapshots of a tailnet. The only place that derives them.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { Device } from "../control/device.ts";
import type { DeviceChangeKind, RouteChangeKind, TailnetChange } from "./change.ts";
import { type DeviceScrape, PENDING } from "./device_scrape.ts";
import { expiryMs, type KeyState, keyStateAt, keyTransitions } from "./key_state.ts";
import { isSameList } from "./same.ts";
import { type KnownDevice, scrapeOf, type TailnetFacts } from "./tailnet_facts.ts";

/** Devices between two looks at the clock; one costs far less than a microsecond. */
const DEVICES_A_LOOK = 64;

/**
 * Properties that "device_changed" reports. Not among them: what another kind reports, and
 * measurements, which change all the time (last seen, connectivity).
 */
export const PROPERTIES: readonly (keyof Device)[] = [
  "nodeId",
  "hostname",
  "addresses",
  "user",
  "tags",
  "os",
  "clientVersion",
  "authorized",
  "expiresSeconds",
  "keyExpiryDisabled",
  "isExternal",
  "isEphemeral",
  "blocksIncomingConnections",
  "multipleConnections",
];

const KEY_KINDS: Readonly<Record<KeyState, DeviceChangeKind>> = {
  valid: "key_valid",
  expiring: "key_expiring",
  expired: "key_expired",
};

/**
 * What changed from one snapshot of a tailnet to a later one of the same.
 *
 * A call of the API that failed changes only whether the API answers. Changes of unchanged devices
 * come from time alone: keys that expire.
 *
 * Units: 10,000 devices of which nothing changed cost 0.4 ms; works in slices of time
 *
 * @returns In the order of time; devices of the same moment in the order of their list.
 */
export async function tailnetChanges(
  before: TailnetFacts,
  after: TailnetFacts,
  slices: TimeSliceOptions = {},
): Promise<readonly TailnetChange[]> {
  const changes: TailnetChange[] = [];
  addApiChange(changes, before, after);
  if (after.listing === undefined) return changes;
  if (before.listing === undefined) {
    const { tailnet: key, atMs } = after;
    changes.push({ kind: "tailnet_known", key, before: undefined, after, atMs });
    return changes;
  }
  const slice = new TimeSlice(slices);
  const olds = before.listing.devices;
  const news = after.listing.devices;
  let oldByKey: ReadonlyMap<string, KnownDevice> | undefined;
  let keptCount = 0;
  let at = 0;
  for (const device of news) {
    if (at % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
    let old = olds[at++];
    if (old !== device && old?.key !== device.key) {
      oldByKey ??= await byKey(olds, slice);
      old = oldByKey.get(device.key);
    }
    const { key } = device;
    if (old === undefined) {
      changes.push({ kind: "device_joined", key, before: old, after: device, atMs: after.atMs });
      addScrapeChange(changes, PENDING, after, key);
      continue;
    }
    keptCount++;
    addKeyChanges(changes, old, device, before.atMs, after.atMs);
    if (old !== device) addDeviceChanges(changes, old, device, after.atMs);
    if (before.scrapes === after.scrapes) continue;
    addScrapeChange(changes, scrapeOf(before, key), after, key);
  }
  if (keptCount < olds.length) await addDepartures(changes, olds, news, after.atMs, slice);
  return changes.sort((a, b) => a.atMs - b.atMs);
}

async function addDepartures(
  changes: TailnetChange[],
  olds: readonly KnownDevice[],
  news: readonly KnownDevice[],
  atMs: number,
  slice: TimeSlice,
): Promise<void> {
  const newByKey = await byKey(news, slice);
  let at = 0;
  for (const before of olds) {
    if (at++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
    const { key } = before;
    if (newByKey.has(key)) continue;
    changes.push({ kind: "device_left", key, before, after: undefined, atMs });
  }
}

async function byKey(
  devices: readonly KnownDevice[],
  slice: TimeSlice,
): Promise<ReadonlyMap<string, KnownDevice>> {
  const map = new Map<string, KnownDevice>();
  let at = 0;
  for (const device of devices) {
    if (at++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
    map.set(device.key, device);
  }
  return map;
}

function addApiChange(changes: TailnetChange[], before: TailnetFacts, after: TailnetFacts): void {
  const { answers, error } = after.api;
  if (answers === undefined) return;
  const isSame = before.api.answers === answers && before.api.error?.failure === error?.failure;
  if (isSame) return;
  changes.push({
    kind: answers ? "api_answers" : "api_fails",
    key: after.tailnet,
    before: before.api,
    after: after.api,
    atMs: after.api.atMs ?? after.atMs,
  });
}

function addKeyChanges(
  changes: TailnetChange[],
  before: KnownDevice,
  after: KnownDevice,
  beforeMs: number,
  afterMs: number,
): void {
  const [oldMs, newMs] = [expiryMs(before.device), expiryMs(after.device)];
  // Before anything is allocated: true of nearly every device.
  if (keyStateAt(oldMs, beforeMs) === keyStateAt(newMs, afterMs)) return;
  const transitions = keyTransitions(
    { expiresMs: oldMs, atMs: beforeMs },
    { expiresMs: newMs, atMs: afterMs },
  );
  for (const { state, atMs } of transitions) {
    changes.push({ kind: KEY_KINDS[state], key: after.key, before, after, atMs });
  }
}

function addDeviceChanges(
  changes: TailnetChange[],
  before: KnownDevice,
  after: KnownDevice,
  atMs: number,
): void {
  const { key } = after;
  const [old, now] = [before.device, after.device];
  const add = (kind: DeviceChangeKind) => changes.push({ kind, key, before, after, atMs });
  if (before.isOnline !== after.isOnline) add(after.isOnline ? "device_online" : "device_offline");
  if (old === now) return;
  if (old.name !== now.name) add("device_renamed");
  // A control plane that does not send keys says nothing about them.
  const hasKeys = old.nodeKey !== undefined && now.nodeKey !== undefined;
  if (hasKeys && old.nodeKey !== now.nodeKey) add("device_rekeyed");
  if ((old.updateAvailable === true) !== (now.updateAvailable === true)) {
    add(now.updateAvailable === true ? "update_available" : "update_installed");
  }
  const [oldLock = "", lock = ""] = [old.tailnetLockError, now.tailnetLockError];
  if (oldLock !== lock) add(lock === "" ? "lock_ok" : "lock_error");
  const addRoutes = (kind: RouteChangeKind, routes: readonly string[]) => {
    if (routes.length > 0) changes.push({ kind, key, before, after, routes, atMs });
  };
  addRoutes("routes_offered", added(old.advertisedRoutes, now.advertisedRoutes));
  addRoutes("routes_withdrawn", added(now.advertisedRoutes, old.advertisedRoutes));
  addRoutes("routes_approved", added(old.enabledRoutes, now.enabledRoutes));
  addRoutes("routes_unapproved", added(now.enabledRoutes, old.enabledRoutes));
  const properties = PROPERTIES.filter((property) => !isSameValue(old[property], now[property]));
  if (properties.length > 0) {
    changes.push({ kind: "device_changed", key, before, after, properties, atMs });
  }
}

/** The elements of the second list that the first one lacks, each once. */
function added(
  before: readonly string[] = [],
  after: readonly string[] = [],
): readonly string[] {
  if (isSameList(before, after)) return [];
  const old = new Set(before);
  return [...new Set(after)].filter((one) => !old.has(one));
}

function isSameValue(before: unknown, after: unknown): boolean {
  return Array.isArray(before) && Array.isArray(after)
    ? isSameList(before, after)
    : before === after;
}

function addScrapeChange(
  changes: TailnetChange[],
  before: DeviceScrape,
  facts: TailnetFacts,
  key: string,
): void {
  const after = scrapeOf(facts, key);
  if (before === after) return;
  if (before.state === after.state && before.failure === after.failure) return;
  const kind = after.state === "up"
    ? "metrics_readable"
    : after.state === "pending"
    ? "metrics_pending"
    : "metrics_unreadable";
  changes.push({ kind, key, before, after, atMs: facts.atMs });
}
