/**
 * Loads the code of what is configured: a program that keeps no history loads none of its code, and
 * a single collection, or one of some parts only, loads nothing that runs beside collecting.
 *
 * @module
 */

import type { Analytics } from "./analytics.ts";
import { type Config, type Part, takesAccessLogs } from "./config/mod.ts";
import type { databaseOpener } from "./database.ts";
import type { OwnNode } from "./own_node/mod.ts";
import type { Host } from "./host.ts";
import type { Monitor } from "./monitor/monitor.ts";
import type { Runtime } from "./runtime.ts";
import type { Source, Sources } from "./source/mod.ts";
import type { LocalApi } from "./tailscale/local/mod.ts";

/** The sources, and the code of what is configured to work on them. */
export interface LoadedSources extends Pick<Sources, "fetchReceiver" | "proxySecrets"> {
  /** The tailnets that are configured and wanted. */
  readonly tailnets: readonly Source[];
  /** This host's tailscaled, and what collects from it; undefined if there is no way to it. */
  readonly here: {
    readonly local: LocalApi;
    readonly isSimulated?: boolean | undefined;
    readonly Host: typeof Host;
  } | undefined;
  /** What keeps the history; undefined if none is wanted. */
  readonly Monitor?: typeof Monitor | undefined;
  /** Our own node of the tailnet; undefined if there is none. */
  readonly ownNode?: OwnNode | undefined;
  /** What counts requests of access logs; undefined if none are taken. */
  readonly Analytics?: typeof Analytics | undefined;
  /** Makes what writes to a database; undefined if none is configured. */
  readonly openDatabase?: ReturnType<typeof databaseOpener>;
}

/** What decides about loading, beside settings and sources. */
export interface LoadOptions {
  /** Whether collections repeat. Default: true. */
  readonly isRepeating?: boolean;
  /** Parts to collect. Default: all that is configured. */
  readonly collect?: readonly Part[] | undefined;
}

/** Loads what the sources and the settings ask for. */
export async function loadSources(
  config: Config,
  sources: Sources,
  runtime: Runtime,
  { collect, isRepeating = true }: LoadOptions,
): Promise<LoadedSources> {
  const { fetchReceiver, local, outputClient, proxySecrets, sidecar, tailnet } = sources;
  const isServing = isRepeating && collect === undefined;
  const takesRequests = takesAccessLogs(config) || tailnet?.tellVisits !== undefined;
  return {
    tailnets: tailnet === undefined ? [] : [tailnet],
    ownNode: sources.embedded ?? sidecar?.node,
    proxySecrets,
    fetchReceiver,
    openDatabase: isServing && config.influxUrl !== undefined
      ? (await import("./database.ts")).databaseOpener(config, runtime, outputClient)
      : undefined,
    Monitor: isServing && config.history === "on"
      ? (await import("./monitor/monitor.ts")).Monitor
      : undefined,
    Analytics: takesRequests && isServing ? (await import("./analytics.ts")).Analytics : undefined,
    here: local && {
      local,
      isSimulated: sources.isHostSimulated,
      Host: (await import("./host.ts")).Host,
    },
  };
}
