/**
 * The command `healthcheck`: asks the server of the same settings whether it is alive. For images
 * that have neither a shell nor curl.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Config } from "../config/mod.ts";
import { describeError } from "../errors.ts";
import type { Host } from "../host.ts";
import { getLogger } from "../log.ts";
import { withdrawProxies } from "../source.ts";

const TIMEOUT_MS = 5_000;

/** What listens everywhere is asked here. */
const LOOPBACK: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/**
 * Asks `/livez` once.
 *
 * Over TLS only the connection is tried: the certificate is made for the server's public name, and
 * there is no way to ask for the page under another one without trusting everybody.
 *
 * @returns 0 if the server says that it is alive, else 1.
 */
export async function runHealthcheck(config: Config, host: Host): Promise<number> {
  withdrawProxies(host);
  const hostname = LOOPBACK[config.bindHost] ?? config.bindHost;
  if (config.port === 0) {
    getLogger("healthcheck").error(
      "Cannot ask the server: PORT is 0, and a health check needs one",
    );
    return 1;
  }
  try {
    if (config.tlsCertPem === undefined) await askAlive(hostname, config.port);
    else await host.tryConnection(hostname, config.port, AbortSignal.timeout(TIMEOUT_MS));
    return 0;
  } catch (error) {
    getLogger("healthcheck").error("Not alive at {hostname} port {port}: {reason}", {
      hostname,
      port: config.port,
      reason: describeError(error),
    });
    return 1;
  }
}

async function askAlive(hostname: string, port: number): Promise<void> {
  const response = await fetch(`http://${bracketed(hostname)}:${port}/livez`, {
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (response.status !== 200) throw new Error(`wanted status 200, got ${response.status}`);
}
