/**
 * What `/health` and `/debug` show, from what the parts of the program know.
 *
 * @module
 */

import type { ExporterMetrics, PageRelay } from "./collectors/mod.ts";
import {
  asksForCredential,
  type Config,
  type CredentialSettings,
  describeConfig,
} from "./config/mod.ts";
import type { Database } from "./database.ts";
import type { OwnNode } from "./own_node/mod.ts";
import type { DeviceFacts } from "./facts/mod.ts";
import type { Host } from "./host.ts";
import type { DebugReport, HealthReport, HealthStatus } from "./http/mod.ts";
import type { Runtime } from "./runtime.ts";
import { hasExporterTag } from "./tag.ts";
import type { Tailnet } from "./tailnet.ts";

/** The part of a tailnet that a {@linkcode Reporter} reads. */
export type ReportedTailnet = Pick<Tailnet, "circuit" | "loop" | "plane" | "record">;

/** The parts that a {@linkcode Reporter} asks; it changes none of them. */
export interface ReporterOptions {
  /** All settings, because `/debug` shows them all. */
  readonly config: Config;
  /** The process. */
  readonly runtime: Pick<Runtime, "denoVersion" | "elapsedMs" | "memoryBytes" | "now">;
  /** The tailnets that are configured. */
  readonly tailnets: readonly ReportedTailnet[];
  /** This host; undefined if there is no way to its tailscaled. */
  readonly host:
    | Pick<Host, "isEmbedded" | "isOwnNode" | "isStarted" | "record" | "stuck">
    | undefined;
  /** Our own node of the tailnet. Default: there is none. */
  readonly ownNode?: Pick<OwnNode, "restarts" | "status" | "summary"> | undefined;
  /** The database that points are written to. Default: there is none. */
  readonly database?: Pick<Database, "status"> | undefined;
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /** What was counted. */
  readonly metrics: Pick<ExporterMetrics, "errorCount">;
  /** The pages that are passed on. */
  readonly relay: Pick<PageRelay, "idlePatterns" | "keptLabels" | "leftOutCount" | "pages">;
  /** All that is known of each device. */
  readonly devices: () => Iterable<DeviceFacts>;
  /** How many samples are on the page. */
  readonly countSamples: () => number;
}

/** Makes reports of the present state. */
export class Reporter {
  readonly #options: ReporterOptions;

  /**
   * A reporter; asks no part yet.
   *
   * @param options The parts.
   */
  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** What `/health` shows. */
  health(): HealthReport {
    const { config, database, ownNode, host, isDemo, runtime, tailnets } = this.#options;
    const [tailnet] = tailnets;
    const listing = tailnet?.record.listing;
    const api = tailnet?.record.api;
    const parts = this.#judge();
    const worst = worstStatus(parts.map(({ status }) => status));
    const flaw = ownNode && flawOf(ownNode, config);
    const reasons = [
      ...parts.flatMap(({ reason }) => reason === undefined ? [] : [reason]),
      ...flaw === undefined ? [] : [flaw],
    ];
    return {
      // The device list comes another way, and is worth being served.
      status: worst === "healthy" && flaw !== undefined ? "degraded" : worst,
      reason: reasons.length === 0 ? undefined : reasons.join(" "),
      nowMs: runtime.now(),
      version: config.version,
      uptimeMs: runtime.elapsedMs(),
      shard: config.shard,
      hasTailnet: tailnet !== undefined,
      devicesDiscovered: listing?.devices.length,
      devicesScraped: listing && tailnet?.record.counts.up,
      lastScrapeMs: api?.lastListMs,
      isApiUp: api?.answers,
      tailscaled: host && reportHost(host),
      push: database?.status,
      ownNode: ownNode && {
        state: ownNode.status.state,
        restarts: ownNode.restarts,
        loginUrl: loginUrlOf(ownNode, config),
      },
      isDemo,
    };
  }

  /** What `/debug` shows. */
  debug(): DebugReport {
    const { config, ownNode, isDemo, metrics, relay, runtime, tailnets: [tailnet] } = this.#options;
    const devices = tailnet?.record.listing?.devices;
    return {
      config: describeConfig(config),
      runtime: {
        denoVersion: runtime.denoVersion,
        memoryBytes: runtime.memoryBytes(),
        uptimeMs: runtime.elapsedMs(),
      },
      metrics: {
        devicesTotal: devices?.length,
        devicesOnline: devices?.filter((known) => known.isOnline).length,
        scrapeErrors: metrics.errorCount,
        lastApiCallMs: tailnet?.record.api.atMs,
        samples: this.#options.countSamples(),
      },
      api: tailnet && this.#reportApi(tailnet),
      ...ownNode !== undefined && { node: reportOwnNode(ownNode, config) },
      cardinality: {
        relayedSeries: relay.pages.sampleCount,
        leftOutPages: relay.leftOutCount,
        keptLabels: relay.keptLabels,
        idlePatterns: relay.idlePatterns,
      },
      isDemo,
      devices: this.#options.devices(),
    };
  }

  #reportApi({ circuit, record }: ReportedTailnet): DebugReport["api"] {
    const { waitMs } = circuit;
    return {
      circuit: circuit.state,
      failures: circuit.failures,
      nextTryMs: waitMs === undefined ? undefined : this.#options.runtime.now() + waitMs,
      error: record.api.error?.message,
    };
  }

  /** The status of tailnet and host, each if it is configured. */
  #judge(): readonly Judgement[] {
    const { host, ownNode, tailnets } = this.#options;
    const ofTailnets = tailnets.map(judgeTailnet);
    // An embedded node is no source of its own; what is wrong with it is told as our node's flaw.
    if (host === undefined || host.isEmbedded && host.stuck.length === 0) return ofTailnets;
    const ofHost = judgeHost(host);
    // A sidecar is a source of its own, but the flaw of our node gives the reason already.
    const isTold = host.isOwnNode && ownNode !== undefined && ownNode.status.state !== "running";
    return [...ofTailnets, isTold ? { ...ofHost, reason: stuckReason(host.stuck) } : ofHost];
  }
}

function reportOwnNode(
  node: NonNullable<ReporterOptions["ownNode"]>,
  config: CredentialSettings,
): DebugReport["node"] {
  const { restarts, status: { addresses, name, state }, summary } = node;
  return { state, summary, loginUrl: loginUrlOf(node, config), name, addresses, restarts };
}

/**
 * Where to log in. For the operator only, who decides by it which tailnet the node joins: without
 * a token, login or certificate it is in the log alone.
 */
function loginUrlOf(
  { status }: Pick<OwnNode, "status">,
  config: CredentialSettings,
): string | undefined {
  return asksForCredential(config) ? status.loginUrl : undefined;
}

/** What is wrong with our own node; undefined if nothing is. */
function flawOf(
  { status, summary }: Pick<OwnNode, "status" | "summary">,
  { requireExporterTag }: Pick<Config, "requireExporterTag">,
): string | undefined {
  if (status.state !== "running") return summary;
  if (!requireExporterTag || hasExporterTag(status.tags)) return undefined;
  return "The node of tsmetrics lacks tag:exporter, which REQUIRE_EXPORTER_TAG wants.";
}

/** The status of one part of the program. */
interface Judgement {
  readonly status: HealthStatus;
  /** Why it is not "healthy". */
  readonly reason: string | undefined;
}

/** One part that works is enough to serve: then the other one only makes it "degraded". */
function worstStatus(states: readonly HealthStatus[]): HealthStatus {
  const isServing = states.some((state) => state === "healthy" || state === "degraded");
  if (isServing) return states.every((state) => state === "healthy") ? "healthy" : "degraded";
  return states.includes("starting") ? "starting" : "unhealthy";
}

function judgeTailnet({ loop, plane, record: { api, listing } }: ReportedTailnet): Judgement {
  if (listing !== undefined && api.answers === true) {
    return { status: "healthy", reason: undefined };
  }
  const cause = api.error && plane.profile.reasons[api.error.failure];
  if (listing !== undefined) {
    return { status: "degraded", reason: `${cause ?? NO_LIST} The last device list is shown.` };
  }
  if (loop.cycleCount > 0) return { status: "unhealthy", reason: cause ?? NO_LIST };
  return { status: "starting", reason: cause ?? "The first device list has not arrived yet." };
}

const NO_LIST = "There is no recent device list.";

function judgeHost(host: Pick<Host, "isStarted" | "record" | "stuck">): Judgement {
  const { isStarted, record: { answers, backend, isFresh }, stuck } = host;
  if (answers === true && backend === "Running") {
    const reason = stuckReason(stuck);
    return { status: reason === undefined ? "healthy" : "degraded", reason };
  }
  const reason = answers === true
    ? `tailscaled is not up: its state is ${backend ?? "unknown"}.`
    : "tailscaled does not answer on its LocalAPI.";
  if (isFresh) return { status: "degraded", reason };
  if (isStarted) return { status: "unhealthy", reason };
  return { status: "starting", reason: "tailscaled has not answered yet." };
}

/** The loops of the host that hang; undefined if none does. */
function stuckReason(stuck: readonly string[]): string | undefined {
  return stuck.length === 0 ? undefined : `Stuck: ${stuck.join(", ")}; restart the program.`;
}

function reportHost(
  { isStarted, record: { answers, backend, peerCount } }: Pick<Host, "isStarted" | "record">,
): HealthReport["tailscaled"] {
  if (answers !== true) return { isUp: isStarted ? false : undefined, peers: undefined };
  return { isUp: backend === "Running", peers: peerCount };
}
