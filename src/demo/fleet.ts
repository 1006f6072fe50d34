/**
 * Which devices a `TEST_DEVICES` value asks for. The first twelve devices of a fleet have every
 * trait and fault between them, so that a small fleet shows all there is to see.
 *
 * @module
 */

import { type Kind, kindOfName } from "./device_kind.ts";
import { pick, STREAM } from "./random.ts";
import { SITES } from "./region.ts";
import type { DeviceSpec } from "./_spec.ts";

/** How many devices `demo` alone has. */
export const DEFAULT_FLEET_SIZE = 40;

/** How many devices a demo may have. */
export const MAX_FLEET_SIZE = 10_000;

/** First names of the demo's people, all at example.com. */
export const PEOPLE: readonly string[] = [
  "amelie",
  "bruno",
  "chidi",
  "dalia",
  "emre",
  "freya",
  "goran",
  "hana",
  "ines",
  "jonas",
  "kemi",
  "lars",
  "mina",
  "noor",
  "oskar",
  "priya",
];

/** An entry that asks for a fleet. */
const FLEET = /^demo(?::(.*))?$/s;

const ESSENTIAL: readonly DeviceSpec[] = [
  {
    name: "gateway-fra-01",
    kind: "subnet_router",
    traits: ["key_expiry_disabled", "services", "steady"],
  },
  { name: "exit-ams-01", kind: "exit_node", traits: ["peer_relay", "hard_nat", "steady"] },
  { name: "web-fra-01", kind: "server", traits: ["newer_family", "lock_error", "steady"] },
  { name: "amelie-mac", kind: "mac", traits: ["key_expiring", "update_available"] },
  { name: "bruno-phone", kind: "ios", traits: ["offline"] },
  { name: "runner-7f3a", kind: "runner", traits: ["ephemeral", "ipv6_only", "own_names"] },
  { name: "queue-nyc-01", kind: "server", traits: ["steady"], fault: "hang" },
  {
    name: "cache-nyc-01",
    kind: "server",
    traits: ["multiple_connections", "steady"],
    fault: "bad_line",
  },
  { name: "printer-bridge", kind: "edge", traits: ["steady", "hard_nat"], fault: "html" },
  { name: "dalia-laptop", kind: "windows", traits: ["key_expired"] },
  { name: "chidi-phone", kind: "android", traits: ["never_online", "unauthorized"] },
  { name: "guest-build-box", kind: "server", traits: ["shared_in", "untagged", "no_metrics"] },
];

/** The nodes that the default of `NODE_TYPES` calls git, development and production. */
const CRITICAL: readonly DeviceSpec[] = [
  { name: "git-fra-01", kind: "server", traits: ["back_at_start"] },
  { name: "dev-ams-01", kind: "server", traits: ["failing_at_start", "untagged", "key_expiring"] },
  { name: "chocolate-factory", kind: "server", traits: ["offline_at_start", "services"] },
  { name: "chocolate-factory-dev", kind: "server" },
];

/** What a fleet beyond these is made of, over and over. */
const MIX: readonly { readonly role: string; readonly spec: Omit<DeviceSpec, "name"> }[] = [
  { role: "api", spec: { kind: "server" } },
  { role: "db", spec: { kind: "server", traits: ["key_expiry_disabled"] } },
  { role: "laptop", spec: { kind: "linux_laptop" } },
  { role: "web", spec: { kind: "server", traits: ["services"] } },
  { role: "cabin", spec: { kind: "edge", traits: ["hard_nat"] } },
  { role: "phone", spec: { kind: "ios" } },
  { role: "gateway", spec: { kind: "subnet_router" } },
  { role: "nas", spec: { kind: "nas" } },
  { role: "mail", spec: { kind: "server" } },
  { role: "laptop", spec: { kind: "mac" } },
  { role: "build", spec: { kind: "server", traits: ["untagged"] } },
  { role: "cache", spec: { kind: "server", traits: ["update_available"] } },
  { role: "relay", spec: { kind: "server", traits: ["peer_relay"] } },
  { role: "desktop", spec: { kind: "windows", traits: ["shields_up"] } },
  { role: "runner", spec: { kind: "runner", traits: ["ephemeral"] } },
  { role: "search", spec: { kind: "server" } },
  { role: "phone", spec: { kind: "android" } },
  { role: "exit", spec: { kind: "exit_node" } },
  { role: "metrics", spec: { kind: "server" } },
  { role: "archive", spec: { kind: "nas", traits: ["offline"] } },
  { role: "worker", spec: { kind: "server" } },
  {
    role: "old-web",
    spec: { kind: "server", traits: ["update_available", "no_metrics", "steady"] },
  },
];

/**
 * The devices that `TEST_DEVICES` asks for.
 *
 * Shape: entries (1..n) → DeviceSpec[] (1..10,000 for each fleet entry, one for each name)
 *
 * @param entries Names, or "demo", or "demo:N".
 * @throws {RangeError} If there is no entry, or N is not a whole number from 1 to 10,000.
 */
export function planDevices(entries: readonly string[], seed: number): readonly DeviceSpec[] {
  const specs: DeviceSpec[] = [];
  for (const entry of new Set(entries.map((text) => text.trim()))) {
    if (entry === "") continue;
    const size = FLEET.exec(entry);
    if (size === null) specs.push(healthyDevice(entry));
    else for (const spec of planFleet(fleetSize(entry, size[1]), seed)) specs.push(spec);
  }
  if (specs.length === 0) {
    throw new RangeError('Cannot plan a demo: no device is named; want names, "demo" or "demo:N"');
  }
  return specs;
}

/** Whether the entries ask for a fleet, not for single devices. */
export function isFleet(entries: readonly string[]): boolean {
  return entries.some((text) => FLEET.test(text.trim()));
}

/**
 * A fleet of `size` devices; the first twelve show every trait and fault, the next four are the
 * critical nodes.
 */
export function planFleet(size: number, seed: number): readonly DeviceSpec[] {
  const specs: DeviceSpec[] = [...ESSENTIAL, ...CRITICAL].slice(0, size);
  for (let index = specs.length; index < size; index++) {
    const position = index - ESSENTIAL.length;
    const { role, spec } = MIX[position % MIX.length] as typeof MIX[number];
    specs.push({ ...spec, name: nameFor(role, spec.kind, index, seed) });
  }
  return specs;
}

/** A device as `TEST_DEVICES=gateway-1` means it: tagged, answering, nothing wrong. */
function healthyDevice(name: string): DeviceSpec {
  return { name, kind: kindOfName(name), traits: ["steady", "key_expiry_disabled"] };
}

function fleetSize(entry: string, digits: string | undefined): number {
  if (digits === undefined) return DEFAULT_FLEET_SIZE;
  const size = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (size < 1 || size > MAX_FLEET_SIZE) {
    throw new RangeError(
      `Cannot plan a demo of "${entry}": want "demo:N" with N from 1 to ${MAX_FLEET_SIZE}`,
    );
  }
  return size;
}

function nameFor(role: string, kind: Kind, index: number, seed: number): string {
  switch (kind) {
    case "mac":
    case "windows":
    case "linux_laptop":
    case "ios":
    case "android":
      return `${pick(PEOPLE, seed, STREAM.identity, index)}-${role}`;
    default:
      return `${role}-${pick(SITES, seed, STREAM.site, index).code}-${
        String(2 + Math.floor(index / 22)).padStart(2, "0")
      }`;
  }
}
