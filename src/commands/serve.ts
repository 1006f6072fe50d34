/**
 * The command `serve`: collect on our own clock, serve pages, end in order when asked to.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Config } from "../config/mod.ts";
import { ConfigError } from "../errors.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { createHandler, serve, type Server, type Views } from "../http/mod.ts";
import { getLogger } from "../log.ts";
import { openSources } from "../source.ts";

/**
 * Runs until the host asks to stop.
 *
 * @returns 0 after an orderly end, 1 if the port cannot be had.
 */
export async function runServe(config: Config, host: Host): Promise<number> {
  const log = getLogger("main");
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  await using sources = await openSources(config, host);
  const exporter = new Exporter(config, sources, host);
  try {
    await using server = open(config, exporter);
    if (server === undefined) return 1;
    const { hostname, port } = server.address;
    const scheme = config.tlsCertPem === undefined ? "http" : "https";
    log.info("Serving {url} (version {version})", {
      url: `${scheme}://${bracketed(hostname)}:${port}/metrics`,
      version: config.version,
    });
    await exporter.run(stop.signal);
    log.info("Stopping: letting answers on their way end");
    return 0;
  } finally {
    exporter.close();
  }
}

/** Opens the port; undefined if it cannot be had, which the log then tells. */
function open(config: Config, views: Views): Server | undefined {
  const handler = createHandler({
    views,
    sdAddress: config.sdAddress,
    metricsToken: config.metricsToken,
    rateLimit: { rps: config.rateLimitRps, burst: config.rateLimitBurst },
    log: getLogger("http"),
  });
  try {
    return serve({
      handler,
      hostname: config.bindHost,
      port: config.port,
      certPem: config.tlsCertPem,
      keyPem: config.tlsKeyPem,
      log: getLogger("http"),
    });
  } catch (error) {
    // Only the platform can tell that certificate and key do not fit.
    if (error instanceof ConfigError) throw error;
    // A port that cannot be had says which setting to change.
    getLogger("main").error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
