/**
 * A device as JSON: a row of the list, and everything known about one.
 *
 * @module
 */

import {
  currentPeersOf,
  type DeviceFacts,
  expiryMs,
  type HostFacts,
  type Problem,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  problemsOf,
  SCRAPE_STATES,
  shortVersion,
  type ShownOwnNode,
} from "../facts/mod.ts";
import { OTHER_TYPE } from "../history/mod.ts";
import { leftOutJson, scrapeJson } from "../facts/scrape_json.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import * as s from "./schema.ts";
import { currentAlertsOf, type Monitored, problemContext } from "./fact_source.ts";
import { PATH, pathJson } from "./peer.ts";
import { TRAFFIC, trafficJson } from "./traffic.ts";
import { UPTIME, uptimeJson } from "./uptime.ts";

const PROBLEM: s.Schema = s.object({
  kind: s.word(PROBLEM_KINDS, "The kind of problem."),
  severity: s.word(PROBLEM_SEVERITIES, "Severity of the problem."),
  text: s.text("What is wrong."),
  advice: s.text("What mends it."),
}, "Something that is wrong with the device.");

const ROW: Readonly<Record<string, s.Schema>> = {
  id: s.text("The device's id at the control plane."),
  name: s.text("Its name in the tailnet."),
  hostname: s.orNull(s.text("The machine's own host name.")),
  addresses: s.list(s.text("An address."), "Its addresses in the tailnet."),
  online: s.flag("Whether it is connected to the control plane."),
  os: s.orNull(s.text("Its operating system.")),
  owner: s.orNull(s.text("The login name of its owner.")),
  tags: s.list(s.text("A tag, with its prefix."), "Its tags."),
  type: s.text("Its type, as NODE_TYPES has it."),
  critical: s.flag("Whether it is critical, as CRITICAL_NODES has it."),
  version: s.orNull(s.text("The version of its client.")),
  last_seen: s.orNull(s.time("When it was last connected; null while it is.")),
  expires: s.orNull(s.time("When its key expires; null if it does not.")),
  metrics: s.word(SCRAPE_STATES, "The state of its own metrics, or why they are not read."),
  problem: s.orNull(PROBLEM),
};

/** The schema of {@linkcode deviceRow}. */
export const DEVICE_ROW: s.Schema = s.object(ROW, "A device.");

/** The schema of {@linkcode deviceDetails}. */
export const DEVICE_DETAILS: s.Schema = s.object({
  ...ROW,
  node_id: s.orNull(s.text("The stable id of its node.")),
  created: s.orNull(s.time("When it was added.")),
  key_expiry_disabled: s.orNull(s.flag("Whether its key never expires.")),
  authorized: s.orNull(s.flag("Whether it is approved.")),
  external: s.orNull(s.flag("Whether it is shared in from another tailnet.")),
  ephemeral: s.orNull(s.flag("Whether it is ephemeral.")),
  update_available: s.orNull(s.flag("Whether a newer client is available.")),
  blocks_incoming: s.orNull(s.flag("Whether it refuses incoming connections.")),
  routes: s.object({
    advertised: s.orNull(s.list(s.text("A CIDR."), "What it offers.")),
    enabled: s.orNull(s.list(s.text("A CIDR."), "What is approved.")),
    primary: s.orNull(s.list(s.text("A CIDR."), "What it serves now.")),
  }, "Its routes; null where the control plane does not tell."),
  latencies: s.list(
    s.object({
      region: s.text("The DERP region."),
      ms: s.number("Round-trip time in milliseconds."),
      home: s.flag("Whether it is the device's home region."),
    }),
    "Its distances to the DERP regions, as it measured them.",
  ),
  scrape: s.object({
    state: s.word(SCRAPE_STATES, "The state."),
    reason: s.orNull(s.text("Why there are no metrics, and what to do; null if there are.")),
    failure: s.orNull(s.text("The kind of the last failure.")),
    url: s.orNull(s.text("URL of the scrape; null for a device that is skipped.")),
    last_success: s.orNull(s.time("The last success.")),
    failing_since: s.orNull(s.time("The first failure in a row.")),
    next_try: s.orNull(s.time("The next try, while backoff is in effect.")),
  }, "Its own metrics."),
  left_out: s.list(
    s.object({
      family: s.orNull(s.text("The family; null for whole pages.")),
      reason: s.text("Why, as tsmetrics_relay_dropped_total counts it."),
      samples: s.count("Samples of the last scrape."),
    }),
    "Its samples that are not on our page.",
  ),
  uptime: s.orNull(UPTIME),
  traffic: s.orNull(TRAFFIC),
  paths: s.list(
    s.object({
      host: s.text("The host that sees the device."),
      host_name: s.orNull(s.text("That host's name in the tailnet; null while it is not known.")),
      ...PATH,
    }),
    "The device as hosts see it.",
  ),
  problems: s.list(PROBLEM, "All that is wrong, the worst first."),
  diagnosis: s.text("The same in a few lines, to be sent to a colleague."),
}, "Everything known about a device.");

/** A row of the list. */
export function deviceRow(
  facts: DeviceFacts,
  nowMs: number,
  monitor?: Monitored,
  ownNode?: ShownOwnNode,
): Readonly<Record<string, unknown>> {
  const { device, isOnline, scrape } = facts;
  const { isCritical = false, type = OTHER_TYPE } = monitor?.classify(device) ?? {};
  const [worst] = problemsOf(facts, problemContext(nowMs, monitor, ownNode));
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
    problem: worst === undefined ? null : problemJson(worst),
  };
}

/** Everything known about a device. */
export function deviceDetails(
  facts: DeviceFacts,
  hosts: readonly HostFacts[],
  nowMs: number,
  monitor?: Monitored,
  ownNode?: ShownOwnNode,
): Readonly<Record<string, unknown>> {
  const { device, leftOut, scrape } = facts;
  const { connectivity } = device;
  const problems = problemsOf(facts, problemContext(nowMs, monitor, ownNode));
  const paths = hosts.flatMap((facts) => {
    const peer = currentPeersOf(facts)?.get(device.nodeId ?? device.id);
    if (peer === undefined) return [];
    const { isRelayOnly: relay_only = false, path } = peer;
    const host_name = facts.name ?? null;
    return [{ host: facts.host, host_name, ...pathJson(peer, nowMs), path, relay_only }];
  });
  return {
    ...deviceRow(facts, nowMs, monitor, ownNode),
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
    scrape: scrapeJson({ ...scrape, failingSinceMs: failingSince(facts, monitor) }),
    left_out: leftOutJson(leftOut),
    uptime: monitor === undefined ? null : uptimeJson(monitor.history, facts.key, nowMs),
    traffic: trafficJson(monitor?.traffic.series(facts.key)),
    paths,
    problems: problems.map(problemJson),
    diagnosis: diagnose(facts, problems, paths, nowMs),
  };
}

/** Since when the scrape fails: its alert outlives a restart, and so may know an earlier time. */
function failingSince(
  { key, scrape: { failingSinceMs } }: DeviceFacts,
  monitor: Monitored | undefined,
): number | undefined {
  if (failingSinceMs === undefined) return undefined;
  const alert = currentAlertsOf(monitor)
    .find(({ node, rule }) => rule === "unreadable" && node?.key === key);
  return Math.min(failingSinceMs, alert?.sinceMs ?? Infinity);
}

/** A device in a few lines, to be copied into a message. */
function diagnose(
  facts: DeviceFacts,
  problems: readonly Problem[],
  paths: readonly {
    readonly host: string;
    readonly host_name: string | null;
    readonly path: string;
    readonly relay_only: boolean;
  }[],
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
    ...paths.map(({ host, host_name, path, relay_only }) =>
      `seen by ${host_name ?? host}: ${path}${relay_only ? ", always relayed (WebAssembly)" : ""}`
    ),
    ...problems.map(({ advice, severity, text }) => `${severity}: ${text} ${advice}`),
    "",
  ].join("\n");
}

function problemJson({ advice, kind, severity, text }: Problem): Readonly<Record<string, string>> {
  return { kind, severity, text, advice };
}

function formatSeconds(seconds: number | undefined): string | null {
  return formatOptionalTime(seconds === undefined ? undefined : seconds * 1000);
}

function formatExpiry({ device }: DeviceFacts): string | null {
  const ms = expiryMs(device);
  return formatOptionalTime(ms === Infinity ? undefined : ms);
}
