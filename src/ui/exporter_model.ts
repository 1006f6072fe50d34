/**
 * What the page reads of the exporter itself. Types only; the schemas are in `src/api/`.
 *
 * @module
 */

import type { Severity } from "./model.ts";

/** `/api/v1/exporter`. */
export interface ExporterState {
  /** What `/health` says. */
  readonly health: {
    readonly status: string;
    readonly reason: string | null;
    readonly version: string;
    readonly uptime: string;
    readonly devices_discovered: number | null;
    readonly devices_scraped: number | null;
    readonly last_scrape: string | null;
    readonly api: string;
    readonly tailscaled: { readonly state: string; readonly peers: number | null } | null;
    readonly push?: {
      readonly state: string;
      readonly buffered_points: number;
      readonly last_success: string | null;
    } | null;
    readonly demo: boolean;
  };
  /** The settings. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The process. */
  readonly runtime: { readonly memory_bytes: number; readonly deno_version: string };
  /** The page that Prometheus reads. */
  readonly page: {
    readonly samples: number;
    readonly scrape_errors: number;
    readonly relayed_series: number;
    readonly left_out_pages: number;
    readonly kept_labels: readonly string[];
    readonly idle_patterns: readonly string[];
  };
  /** This process as a node of the tailnet. */
  readonly node: {
    readonly state: string;
    readonly summary: string;
    readonly login_url: string | null;
    readonly login: string | null;
    readonly problem: {
      readonly severity: Severity;
      readonly title: string;
      readonly advice: string;
    } | null;
    readonly name: string | null;
    readonly addresses: readonly string[];
    readonly restarts: number;
  } | null;
  /** Whether the host of `health.tailscaled` is that node. */
  readonly own_host: boolean;
  /** Jobs at intervals. */
  readonly jobs: readonly {
    readonly name: string;
    readonly interval_seconds: number;
    readonly last_success: string | null;
    readonly last_seconds: number | null;
    readonly failures: number;
  }[];
  /** Streams of events. */
  readonly streams: { readonly open: number; readonly refused: number };
  /** The control plane's API. */
  readonly api: {
    readonly circuit: string;
    readonly failures: number;
    readonly next_try: string | null;
    readonly error: string | null;
  } | null;
}
