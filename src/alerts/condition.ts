/**
 * Conditions: what is wrong at the moment, from a snapshot of the facts. Says nothing of how long.
 * Pure.
 *
 * @module
 */

import type { Device } from "../control/mod.ts";
import {
  deviceIdOf,
  EXPIRING_MS,
  expiryMs,
  isQuiet,
  type KnownDevice,
  type PeerFacts,
  problemsOf,
  scrapeOf,
  type TailnetFacts,
} from "../facts/mod.ts";
import { type EventNode, type NodeClass, nodeOf } from "../history/mod.ts";
import { escapeUnsafe } from "../text/printable.ts";
import { shortName } from "../text/short_name.ts";
import { ALERT_RULES, type AlertRule } from "./alert.ts";

/** How long the API may fail after a start until that is an alert, in milliseconds. */
const FIRST_LIST_MS = 5 * 60_000;

/** Maximum length of a summary after the name, in UTF-16 units. */
const MAX_PREDICATE = 224;

/** Something that is wrong. */
export interface Condition {
  /** Which rule says so. */
  readonly rule: AlertRule;
  /** What it is about; unique among the conditions of a rule. */
  readonly key: string;
  /** The node; undefined if it is about none. */
  readonly node: EventNode | undefined;
  /** What the subject is, for receivers of alerts. */
  readonly labels: Readonly<Record<string, string>>;
  /** One sentence without a full stop. */
  readonly summary: string;
}

/** How conditions are found. */
export interface ConditionOptions {
  /** The class of a node. */
  readonly classify: (device: Device) => NodeClass;
  /** Whether laptops and phones count as servers do. */
  readonly includesPersonal: boolean;
}

/** The scope of the conditions of a tailnet's devices. */
export function scopeOf(tailnet: string): string {
  return `tailnet ${tailnet}`;
}

/** The scope of the conditions of a host's peers. */
export function scopeOfHost(host: string): string {
  return `host ${host}`;
}

/** What is wrong with one device; the snapshot must be fresh. */
export function* conditionsOfDevice(
  known: KnownDevice,
  facts: TailnetFacts,
  options: ConditionOptions,
): Generator<Condition> {
  const { device, isOnline, key } = known;
  const { atMs } = facts;
  const scrape = scrapeOf(facts, key);
  // Before anything is allocated: nearly every device is fine.
  const leftMs = expiryMs(device) - atMs;
  const hasLock = device.tailnetLockError !== undefined && device.tailnetLockError !== "";
  const offered = device.advertisedRoutes?.length ?? 0;
  if (isOnline && leftMs > EXPIRING_MS && !hasLock && offered === 0 && scrape.state !== "down") {
    return;
  }
  const nodeClass = options.classify(device);
  const problems = problemsOf({ device, isOnline, scrape }, {
    nowMs: atMs,
    isCritical: () => nodeClass.isCritical,
    includesPersonal: options.includesPersonal,
  });
  for (const { kind, predicate, severity } of problems) {
    const rule = ALERT_RULES.find((each) => each === kind);
    // A hint is no alert: that of a laptop, a phone or an abandoned node.
    if (rule === undefined || severity === "info") continue;
    const node = nodeOf(known);
    const name = shortName(node.name);
    const summary = `${name} ${escapeUnsafe(predicate.slice(0, MAX_PREDICATE))}`;
    yield { rule, key, node, labels: labelsOf(known, nodeClass), summary };
  }
}

/**
 * Whether the first device list may still come: the network may come up later than we do. Until
 * then nothing is known of the tailnet, neither that an alert of before is over.
 */
export function isStarting({ api: { answers, sinceMs }, atMs, listing }: TailnetFacts): boolean {
  return listing === undefined && answers !== true && atMs - (sinceMs ?? atMs) < FIRST_LIST_MS;
}

/** What is wrong with a tailnet as a whole. */
export function* conditionsOfTailnet(
  facts: TailnetFacts,
  credentialExpiresAtSeconds: number | undefined,
): Generator<Condition> {
  const labels = { tailnet: facts.tailnet };
  const make = (rule: AlertRule, summary: string): Condition => ({
    rule,
    key: facts.tailnet,
    node: undefined,
    labels,
    summary,
  });
  if (!facts.isFresh && facts.api.answers === false) {
    const failure = facts.api.error?.failure ?? "unknown";
    yield make("collection_stale", `There is no recent device list: ${failure}`);
  }
  if (credentialExpiresAtSeconds === undefined) return;
  const leftMs = credentialExpiresAtSeconds * 1000 - facts.atMs;
  if (leftMs > EXPIRING_MS) return;
  yield make(
    "credential_expiring",
    leftMs > 0 ? "The API key expires within 14 days" : "The API key has expired",
  );
}

/**
 * What is wrong with a peer of a host; undefined if nothing is. What was known of it must be fresh.
 *
 * A peer without any other path is known by what tailscaled says of it: headscale's API does not
 * tell a device's system.
 *
 * @param findDevice The device of a peer by its stable id; a peer without one is no server of ours.
 */
export function conditionOfPeer(
  { id, isRelayOnly = false, path }: PeerFacts,
  host: string,
  findDevice: (peerId: string) => KnownDevice | undefined,
  options: ConditionOptions,
): Condition | undefined {
  if (path !== "derp" || isRelayOnly) return undefined;
  const known = findDevice(id);
  if (known === undefined) return undefined;
  const nodeClass = options.classify(known.device);
  const { includesPersonal } = options;
  if (isQuiet(known.device, { isCritical: () => nodeClass.isCritical, includesPersonal })) {
    return undefined;
  }
  const node = nodeOf(known);
  const name = shortName(node.name);
  return {
    rule: "on_relay",
    key: `${host} ${known.key}`,
    node,
    labels: { ...labelsOf(known, nodeClass), host },
    summary: `${name} is reached over a DERP relay`,
  };
}

function labelsOf({ device, key }: KnownDevice, { type }: NodeClass): Record<string, string> {
  return {
    device_id: deviceIdOf(key),
    device_name: device.name,
    node_type: type,
    ...device.os !== undefined && { os: device.os },
  };
}
