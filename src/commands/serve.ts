/**
 * The command `serve`: collect on our own clock, serve pages, end in order when asked to.
 *
 * @module
 */

import type { Config } from "../config/mod.ts";
import { Exporter } from "../exporter.ts";
import type { Host } from "../host.ts";
import { createHandler, serve } from "../http/mod.ts";
import { getLogger } from "../log.ts";
import { openSource } from "../source.ts";

/**
 * Runs until the host asks to stop.
 *
 * @returns 0 after an orderly end, 1 if the port cannot be had.
 */
export async function runServe(config: Config, host: Host): Promise<number> {
  const log = getLogger("main");
  const stop = new AbortController();
  host.onStop(() => stop.abort(new Error("asked to stop")));
  const source = await openSource(config, host);
  const exporter = new Exporter(config, source, host);
  try {
    const handler = createHandler({
      views: exporter,
      sdAddress: config.sdAddress,
      metricsToken: config.metricsToken,
      rateLimit: { rps: config.rateLimitRps, burst: config.rateLimitBurst },
      log: getLogger("http"),
    });
    await using server = serve({
      handler,
      hostname: config.bindHost,
      port: config.port,
      certPem: config.tlsCertPem,
      keyPem: config.tlsKeyPem,
      log: getLogger("http"),
    });
    const { hostname, port } = server.address;
    const scheme = config.tlsCertPem === undefined ? "http" : "https";
    const place = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
    log.info("Serving {url} (version {version})", {
      url: `${scheme}://${place}/metrics`,
      version: config.version,
    });
    await exporter.run(stop.signal);
    log.info("Stopping: letting answers on their way end");
    return 0;
  } catch (error) {
    // A port that cannot be had says which setting to change.
    log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    exporter.close();
    await source.close();
  }
}
