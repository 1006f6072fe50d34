/**
 * Snapshots of tailnets for the tests of this folder, and a slow model of what changes tell.
 *
 * @module
 */

import type { TailnetChange } from "../../src/facts/change.ts";
import { type DeviceScrape, PENDING, type ScrapeState } from "../../src/facts/device_scrape.ts";
import { createDeviceKey } from "../../src/facts/device_key.ts";
import { type KnownDevice, scrapeOf, type TailnetFacts } from "../../src/facts/tailnet_facts.ts";
import { PROPERTIES } from "../../src/facts/tailnet_changes.ts";
import type { Device } from "../../src/control/device.ts";
import { makeDevice } from "../devices/_device.ts";

/** Noon of some day, in milliseconds since 1970. */
export const NOON_MS = 1_769_904_000_000;

const DAY_MS = 86_400_000;
const keyOf = createDeviceKey("example.com");

/** A known device. */
export function known(fields: Partial<Device> = {}, isOnline: boolean = true): KnownDevice {
  const device = makeDevice(fields);
  return { key: keyOf(device.id), device, isOnline };
}

/** The state of a device's metrics. */
export function scraped(state: ScrapeState, fields: Partial<DeviceScrape> = {}): DeviceScrape {
  return { ...PENDING, state, ...fields };
}

/** A snapshot with these devices. */
export function snapshot(
  devices: readonly KnownDevice[] | undefined,
  fields: Partial<TailnetFacts> = {},
): TailnetFacts {
  const { atMs = NOON_MS } = fields;
  return {
    tailnet: "example.com",
    atMs,
    api: { answers: true, sinceMs: NOON_MS, atMs, lastListMs: atMs, error: undefined },
    listing: devices && { devices, all: devices, rejected: [], atMs, elapsedMs: 0 },
    isFresh: devices !== undefined,
    scrapes: new Map(),
    ...fields,
  };
}

/** What changes tell of a device. */
type Told = Record<string, unknown>;

/** All that changes tell of a tailnet, written down in the simplest way. */
export interface Model {
  /** How the API is. */
  api: string;
  /** The devices by their key; undefined while there is no list. */
  devices: Map<string, Told> | undefined;
}

/** What changes should tell of a snapshot: computed from it alone. */
export function modelOf(facts: TailnetFacts): Model {
  const { api, atMs, listing } = facts;
  return {
    api: api.answers === undefined ? "unknown" : api.error?.failure ?? "up",
    devices: listing && new Map(listing.devices.map((one) => [
      one.key,
      { ...toldOf(one, atMs), metrics: metricsOf(scrapeOf(facts, one.key)) },
    ])),
  };
}

function metricsOf({ state, failure }: DeviceScrape): string {
  return `${state} ${failure}`;
}

function toldOf({ device, isOnline }: KnownDevice, atMs: number): Told {
  return {
    isOnline,
    name: device.name,
    nodeKey: device.nodeKey,
    key: slowKeyState(device, atMs),
    hasUpdate: device.updateAvailable === true,
    lock: device.tailnetLockError ?? "",
    offered: sorted(device.advertisedRoutes),
    approved: sorted(device.enabledRoutes),
    properties: Object.fromEntries(PROPERTIES.map((name) => [name, device[name]])),
  };
}

function slowKeyState({ expiresSeconds, keyExpiryDisabled }: Device, atMs: number): string {
  if (keyExpiryDisabled === true || expiresSeconds === undefined) return "valid";
  const leftMs = expiresSeconds * 1000 - atMs;
  return leftMs <= 0 ? "expired" : leftMs <= 14 * DAY_MS ? "expiring" : "valid";
}

function sorted(routes: readonly string[] = []): readonly string[] {
  return [...new Set(routes)].sort();
}

/**
 * Applies a change to a model: only the aspect that its kind names.
 *
 * @throws {Error} If the change tells nothing new, or starts from another state than the model's.
 */
export function apply(model: Model, change: TailnetChange): void {
  const before = JSON.stringify(modelText(model));
  const left = applyTo(model, change);
  if (left !== undefined) throw new Error(`${change.kind} starts from another state: ${left}`);
  if (JSON.stringify(modelText(model)) === before) {
    throw new Error(`${change.kind} of ${change.key} tells nothing new`);
  }
}

/** A model as plain data. */
export function modelText({ api, devices }: Model): unknown {
  return { api, devices: devices && [...devices].sort(([a], [b]) => a < b ? -1 : 1) };
}

/** Gives what did not fit. */
function applyTo(model: Model, change: TailnetChange): string | undefined {
  switch (change.kind) {
    case "api_answers":
    case "api_fails":
      model.api = change.after.error?.failure ?? "up";
      return undefined;
    case "tailnet_known":
      model.devices = modelOf(change.after).devices;
      return undefined;
    case "device_joined": {
      if (model.devices?.has(change.key)) return "it is there";
      const told = toldOf(change.after, change.atMs);
      model.devices?.set(change.key, { ...told, metrics: metricsOf(PENDING) });
      return undefined;
    }
    case "device_left":
      return model.devices?.delete(change.key) ? undefined : "it is not there";
  }
  const told = model.devices?.get(change.key);
  if (told === undefined) return "no such device";
  switch (change.kind) {
    case "metrics_readable":
    case "metrics_unreadable":
    case "metrics_pending":
      if (told.metrics !== metricsOf(change.before)) return `${told.metrics}`;
      told.metrics = metricsOf(change.after);
      return undefined;
    case "key_valid":
    case "key_expiring":
    case "key_expired":
      told.key = change.kind.slice("key_".length);
      return undefined;
    case "routes_offered":
      return addRoutes(told, "offered", change.routes);
    case "routes_withdrawn":
      return removeRoutes(told, "offered", change.routes);
    case "routes_approved":
      return addRoutes(told, "approved", change.routes);
    case "routes_unapproved":
      return removeRoutes(told, "approved", change.routes);
    case "device_changed": {
      const properties = change.properties.map((name) => [name, change.after.device[name]]);
      told.properties = { ...told.properties as object, ...Object.fromEntries(properties) };
      return undefined;
    }
  }
  const after = toldOf(change.after, change.atMs);
  const before = toldOf(change.before, change.atMs);
  const aspect = ASPECTS[change.kind];
  if (told[aspect] !== before[aspect]) return `${told[aspect]}`;
  told[aspect] = after[aspect];
  return undefined;
}

const ASPECTS = {
  device_renamed: "name",
  device_rekeyed: "nodeKey",
  device_online: "isOnline",
  device_offline: "isOnline",
  update_available: "hasUpdate",
  update_installed: "hasUpdate",
  lock_error: "lock",
  lock_ok: "lock",
} as const;

function addRoutes(told: Told, aspect: string, routes: readonly string[]): string | undefined {
  const old = told[aspect] as readonly string[];
  if (routes.some((route) => old.includes(route))) return `${old}`;
  told[aspect] = sorted([...old, ...routes]);
  return undefined;
}

function removeRoutes(told: Told, aspect: string, routes: readonly string[]): string | undefined {
  const old = told[aspect] as readonly string[];
  if (!routes.every((route) => old.includes(route))) return `${old}`;
  told[aspect] = old.filter((route) => !routes.includes(route));
  return undefined;
}
