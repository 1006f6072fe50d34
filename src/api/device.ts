/**
 * A device as JSON: a row of the list, and everything known about one.
 *
 * @module
 */

import { type DeviceFacts, expiryMs, type HostFacts, SCRAPE_STATES } from "../facts/mod.ts";
import { OTHER_TYPE } from "../history/mod.ts";
import { formatOptionalTime } from "../timestamp.ts";
import { type Problem, PROBLEM_KINDS, problemsOf, SEVERITIES, shortVersion } from "./problem.ts";
import {
  count,
  flag,
  list,
  number,
  object,
  orNull,
  type Schema,
  text,
  time,
  word,
} from "./schema.ts";
import type { Monitored } from "./known.ts";
import { PATH, pathJson } from "./peer.ts";
import { TRAFFIC, trafficJson } from "./traffic.ts";
import { UPTIME, uptimeJson } from "./uptime.ts";

const PROBLEM: Schema = object({
  kind: word(PROBLEM_KINDS.map(({ kind }) => kind), "The kind of problem."),
  severity: word(SEVERITIES, "How bad it is."),
  text: text("What is wrong."),
  advice: text("What mends it."),
}, "Something that is wrong with the device.");

const ROW: Readonly<Record<string, Schema>> = {
  id: text("The device's id at the control plane."),
  name: text("Its name in the tailnet."),
  hostname: orNull(text("The machine's own host name.")),
  addresses: list(text("An address."), "Its addresses in the tailnet."),
  online: flag("Whether it is connected to the control server."),
  os: orNull(text("Its operating system.")),
  owner: orNull(text("The login name of its owner.")),
  tags: list(text("A tag, with its prefix."), "Its tags."),
  type: text("Its type, as NODE_TYPES has it."),
  critical: flag("Whether it is critical, as CRITICAL_NODES has it."),
  version: orNull(text("The version of its client.")),
  last_seen: orNull(time("When it was last connected; null while it is.")),
  expires: orNull(time("When its key expires; null if it does not.")),
  metrics: word(SCRAPE_STATES, "The state of its own metrics, or why they are not read."),
  problem: orNull(PROBLEM),
};

/** The schema of {@linkcode deviceRow}. */
export const DEVICE_ROW: Schema = object(ROW, "A device.");

/** The schema of {@linkcode deviceDetails}. */
export const DEVICE_DETAILS: Schema = object({
  ...ROW,
  node_id: orNull(text("The stable id of its node.")),
  created: orNull(time("When it was added.")),
  key_expiry_disabled: orNull(flag("Whether its key never expires.")),
  authorized: orNull(flag("Whether it is approved.")),
  external: orNull(flag("Whether it is shared in from another tailnet.")),
  ephemeral: orNull(flag("Whether it is ephemeral.")),
  update_available: orNull(flag("Whether a newer client is available.")),
  blocks_incoming: orNull(flag("Whether it refuses incoming connections.")),
  routes: object({
    advertised: orNull(list(text("A CIDR."), "What it offers.")),
    enabled: orNull(list(text("A CIDR."), "What is approved.")),
    primary: orNull(list(text("A CIDR."), "What it serves now.")),
  }, "Its routes; null where the control plane does not tell."),
  latencies: list(
    object({
      region: text("The DERP region."),
      ms: number("Round-trip time in milliseconds."),
      home: flag("Whether it is the device's home region."),
    }),
    "Its distances to the DERP regions, as it measured them.",
  ),
  scrape: object({
    state: word(SCRAPE_STATES, "The state."),
    reason: orNull(text("Why there are no metrics, and what to do; null if there are.")),
    failure: orNull(text("The kind of the last failure.")),
    url: orNull(text("What is scraped; null for a device that is skipped.")),
    last_success: orNull(time("The last success.")),
    failing_since: orNull(time("The first failure in a row.")),
    next_try: orNull(time("The next try, while backoff is in effect.")),
  }, "Its own metrics."),
  left_out: list(
    object({
      family: orNull(text("The family; null for whole pages.")),
      reason: text("Why, as tsmetrics_relay_dropped_total counts it."),
      samples: count("Samples of the last scrape."),
    }),
    "Its samples that are not on our page.",
  ),
  uptime: orNull(UPTIME),
  traffic: orNull(TRAFFIC),
  paths: list(
    object({
      host: text("The host that sees the device."),
      ...PATH,
    }),
    "The device as hosts see it.",
  ),
  problems: list(PROBLEM, "All that is wrong, the worst first."),
  diagnosis: text("The same in a few lines, to be sent to a colleague."),
}, "Everything known about a device.");

/** A row of the list. */
export function deviceRow(
  facts: DeviceFacts,
  nowMs: number,
  monitor?: Monitored,
): Readonly<Record<string, unknown>> {
  const { device, isOnline, scrape } = facts;
  const { isCritical = false, type = OTHER_TYPE } = monitor?.classify(device) ?? {};
  const [worst] = problemsOf(facts, nowMs);
  return {
    id: device.id,
    name: device.name,
    hostname: device.hostname ?? null,
    addresses: device.addresses,
    online: isOnline,
    os: device.os ?? null,
    owner: device.user ?? null,
    tags: device.tags,
    type,
    critical: isCritical,
    version: device.clientVersion === undefined ? null : shortVersion(device.clientVersion),
    last_seen: isOnline ? null : formatSeconds(device.lastSeenSeconds),
    expires: formatExpiry(facts),
    metrics: scrape.state,
    problem: worst ?? null,
  };
}

/** Everything known about a device. */
export function deviceDetails(
  facts: DeviceFacts,
  hosts: readonly HostFacts[],
  nowMs: number,
  monitor?: Monitored,
): Readonly<Record<string, unknown>> {
  const { device, leftOut, scrape } = facts;
  const { connectivity } = device;
  const problems = problemsOf(facts, nowMs);
  const paths = hosts.flatMap(({ host, peers }) => {
    const peer = peers?.get(device.nodeId ?? device.id);
    if (peer === undefined) return [];
    return [{ host, path: peer.path, ...pathJson(peer, nowMs) }];
  });
  return {
    ...deviceRow(facts, nowMs, monitor),
    node_id: device.nodeId ?? null,
    created: formatSeconds(device.createdSeconds),
    key_expiry_disabled: device.keyExpiryDisabled ?? null,
    authorized: device.authorized ?? null,
    external: device.isExternal ?? null,
    ephemeral: device.isEphemeral ?? null,
    update_available: device.updateAvailable ?? null,
    blocks_incoming: device.blocksIncomingConnections ?? null,
    routes: {
      advertised: device.advertisedRoutes ?? null,
      enabled: device.enabledRoutes ?? null,
      primary: device.primaryRoutes ?? null,
    },
    latencies: (connectivity?.regions ?? []).map(({ isPreferred, name }, at) => ({
      region: name,
      ms: connectivity?.latenciesMs[at] ?? 0,
      home: isPreferred,
    })),
    scrape: {
      state: scrape.state,
      reason: scrape.reason ?? null,
      failure: scrape.failure ?? null,
      url: scrape.url ?? null,
      last_success: formatOptionalTime(scrape.lastSuccessMs),
      failing_since: formatOptionalTime(scrape.failingSinceMs),
      next_try: formatOptionalTime(scrape.nextTryMs),
    },
    left_out: leftOut.map(({ family, reason, samples }) => ({
      family: family ?? null,
      reason,
      samples,
    })),
    uptime: monitor === undefined ? null : uptimeJson(monitor.history, facts.key, nowMs),
    traffic: trafficJson(monitor?.traffic.series(facts.key)),
    paths,
    problems,
    diagnosis: diagnose(facts, problems, paths, nowMs),
  };
}

/** A device in a few lines, to be copied into a message. */
function diagnose(
  facts: DeviceFacts,
  problems: readonly Problem[],
  paths: readonly { readonly host: string; readonly path: string }[],
  nowMs: number,
): string {
  const { device, isOnline, scrape } = facts;
  return [
    `${device.name} (${device.id}) at ${formatOptionalTime(nowMs)}`,
    `control: ${isOnline ? "online" : "offline"}, ${device.os ?? "os unknown"}, client ${
      shortVersion(device.clientVersion ?? "unknown")
    }, key ${formatExpiry(facts) ?? "does not expire"}`,
    `metrics: ${scrape.state}${scrape.url === undefined ? "" : ` ${scrape.url}`}${
      scrape.reason === undefined ? "" : ` - ${scrape.reason}`
    }`,
    ...paths.map(({ host, path }) => `seen by ${host}: ${path}`),
    ...problems.map(({ advice, severity, text }) => `${severity}: ${text} ${advice}`),
    "",
  ].join("\n");
}

function formatSeconds(seconds: number | undefined): string | null {
  return formatOptionalTime(seconds === undefined ? undefined : seconds * 1000);
}

function formatExpiry({ device }: DeviceFacts): string | null {
  const ms = expiryMs(device);
  return formatOptionalTime(ms === Infinity ? undefined : ms);
}
