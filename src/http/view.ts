/**
 * What the HTTP side is shown of the program: the page, facts for the JSON API, targets for service
 * discovery, access analytics, reports for `/health` and `/debug`, and whether the program is
 * alive, ready and started. All of it comes from memory. `exporter.ts` provides it; nothing here
 * knows Tailscale. The reports are plain data in our own spelling; `health.ts` and `debug.ts` turn
 * them into the documented JSON.
 *
 * @module
 */

import type { AnalyticsViews } from "../access/mod.ts";
import type { FactSource } from "../api/mod.ts";
import type { DropPattern } from "../cardinality.ts";
import type { TargetList } from "../devices/discovery.ts";
import type { Format } from "../exposition/mod.ts";
import type { DeviceFacts } from "../facts/tailnet_facts.ts";
import type { Shard } from "../shard.ts";

/** One state of the page, unchanged until released; `PageView` of `src/page/` is one. */
export interface RenderedPage {
  /** Two views of the same number hold the same bytes. */
  readonly generation: number;
  /**
   * The page in pieces, which must not be written to and are not changed until the page is
   * released. Bytes that stand on several pages may come in the very same pieces.
   */
  chunks(format: Format, pieceBytes?: number): Iterable<Uint8Array>;
  /** How many bytes all pieces have together. */
  byteLength(format: Format): number;
  /** The memory that the page holds on to: the same objects for pages that have it in common. */
  memory(): Iterable<ArrayBufferLike>;
  /** Releases the page: it and its pieces are not used afterwards. */
  release(): void;
}

/** How the program is, as a bounded value. */
export type HealthStatus =
  /** The facts are fresh and the last call of the API gave them. */
  | "healthy"
  /** The last call failed, but the facts of an earlier one are still fresh. */
  | "degraded"
  /** No call has ended yet. */
  | "starting"
  /** No fact is fresh enough to be shown. */
  | "unhealthy";

/**
 * What `/health` tells everybody: counts and times, no names and no texts of errors, because it
 * needs no token. One field is for requests with a credential only.
 *
 * Units: `…Ms` are milliseconds, times since 1970.
 */
export interface HealthReport {
  /** How the program is. */
  readonly status: HealthStatus;
  /**
   * Why the status is not "healthy" and what to do, from a fixed set of sentences; undefined if it
   * is "healthy".
   */
  readonly reason: string | undefined;
  /** When the report was made. */
  readonly nowMs: number;
  /** What this build calls itself. */
  readonly version: string;
  /** How long the program has been running. */
  readonly uptimeMs: number;
  /** The part of the fleet that this process looks after; undefined = all of it. */
  readonly shard: Shard | undefined;
  /** Whether a tailnet is configured; if not, nothing is ever known of devices. */
  readonly hasTailnet: boolean;
  /** Devices of the inventory that match the filters, of that part; undefined while unknown. */
  readonly devicesDiscovered: number | undefined;
  /** Devices whose page was taken at their last try; undefined while there are no facts. */
  readonly devicesScraped: number | undefined;
  /** When the last cycle with a good device list ended; undefined before the first. */
  readonly lastScrapeMs: number | undefined;
  /** Whether the last call of the API succeeded; undefined before the first. */
  readonly isApiUp: boolean | undefined;
  /** This host's tailscaled; undefined if there is no way to it. */
  readonly tailscaled: {
    /** Whether it answers and is up; undefined before the first answer. */
    readonly isUp: boolean | undefined;
    /** How many peers it knows; undefined if it does not answer. */
    readonly peers: number | undefined;
  } | undefined;
  /** This process as a node of the tailnet; undefined if it is none. */
  readonly ownNode?: {
    /** What it is doing, as a word. */
    readonly state: string;
    /** How often its Worker was started anew. */
    readonly restarts: number;
    /**
     * Where to log in, if that is needed, for requests with a credential only; undefined where no
     * credential is required. Default: no login is needed.
     */
    readonly loginUrl?: string | undefined;
  } | undefined;
  /** The database that points are written to; undefined if none is configured. */
  readonly push?: {
    /** Whether it takes points: unknown before the first request, rejecting if it refuses them. */
    readonly state: "unknown" | "up" | "rejecting" | "down";
    /** Points that wait. */
    readonly buffered: number;
    /** When it last took points; undefined if it never did. */
    readonly lastSuccessMs: number | undefined;
  } | undefined;
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
}

/**
 * What `/debug` tells those who may see it.
 *
 * Units: `…Ms` are milliseconds, times since 1970; `…Bytes` are bytes.
 */
export interface DebugReport {
  /** The settings by their variables' names in lower case, secrets as "set" or "not set". */
  readonly config: Readonly<Record<string, unknown>>;
  /** The process. */
  readonly runtime: {
    /** The version of Deno, such as "2.9.6". */
    readonly denoVersion: string;
    /** Resident memory. */
    readonly memoryBytes: number;
    /** How long the program has been running. */
    readonly uptimeMs: number;
  };
  /** Sums over all there is. */
  readonly metrics: {
    /** Devices of the inventory that match the filters; undefined while unknown. */
    readonly devicesTotal: number | undefined;
    /** Those of them that are connected. */
    readonly devicesOnline: number | undefined;
    /** Failed calls and scrapes since the start. */
    readonly scrapeErrors: number;
    /** When the API was last called, successful or not; undefined before the first call. */
    readonly lastApiCallMs: number | undefined;
    /** Samples on the page. */
    readonly samples: number;
  };
  /** How it stands with the Tailscale API; undefined if it is not configured. */
  readonly api: {
    /** "closed" while it is asked in every cycle, "open" while it is left alone, "half_open". */
    readonly circuit: string;
    /** How many calls in a row have failed. */
    readonly failures: number;
    /** When it is asked again; undefined while that is every cycle. */
    readonly nextTryMs: number | undefined;
    /** Why the last call failed; undefined if it did not. */
    readonly error: string | undefined;
  } | undefined;
  /** This process as a node of the tailnet. Default: it is none. */
  readonly node?: {
    /** What it is doing, as a word. */
    readonly state: string;
    /** A sentence that says what to do. */
    readonly summary: string;
    /** Where to log in, if someone has to; undefined where anyone may read the report. */
    readonly loginUrl: string | undefined;
    /** Its name in the tailnet; undefined before it joined. */
    readonly name: string | undefined;
    /** Its addresses. */
    readonly addresses: readonly string[];
    /** How often it was started anew. */
    readonly restarts: number;
  } | undefined;
  /** What is passed on of devices' pages, and what is not. */
  readonly cardinality: {
    /** Series of all pages together. */
    readonly relayedSeries: number;
    /** Devices whose page is left out because all together have series enough. */
    readonly leftOutPages: number;
    /** Labels that should be left out and stay, since they tell series apart. */
    readonly keptLabels: readonly { readonly family: string; readonly label: string }[];
    /** Patterns of `METRICS_DROP` that have left nothing out so far. */
    readonly idlePatterns: readonly DropPattern[];
  };
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /**
   * Every device known, in the order of the inventory, each as it is when it is come to: there can
   * be a pause between any two.
   */
  readonly devices: Iterable<DeviceFacts>;
}

/** All that the handler asks of the program; each call returns soon and never throws. */
export interface Views {
  /** What `/metrics` shows. */
  readonly page: {
    /** The page as it is now, or that part of it. */
    view(shard?: Shard): RenderedPage;
  };
  /** The part of the fleet that this process looks after; undefined = all of it. */
  readonly shard: Shard | undefined;
  /** What service discovery lists. */
  readonly discovery: {
    /** The fleet as it is known now; undefined while nothing is. */
    current(): Promise<TargetList | undefined>;
  };
  /** What the JSON API shows. */
  readonly facts: FactSource;
  /** What is below `/analytics/`; undefined if no access logs are taken. */
  readonly analytics: AnalyticsViews | undefined;
  /** What `/health`, `/healthz` and the landing page show. */
  health(): HealthReport;
  /** What `/debug` shows. */
  debug(): DebugReport;
  /** Whether the program works at all; if not, only a restart helps. */
  isAlive(): boolean;
  /** Whether the page is worth a scrape. */
  isReady(): boolean;
  /** Whether the first cycle has ended, whatever its outcome. */
  isStarted(): boolean;
}
