/**
 * Warns of a port that others can reach and that asks for no token.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { isLoopbackHost } from "../range.ts";
import type { Reading } from "./_reading.ts";

/** Warns if the server listens beyond this machine and asks for no token, login or certificate. */
export function warnAboutOpenPort({ config, given, warnings }: Reading): void {
  const { bindHost, basicAuthUsers, metricsToken, tlsClientCaPem } = config;
  const guard = metricsToken ?? basicAuthUsers ?? tlsClientCaPem;
  if (guard !== undefined || isLoopbackHost(bracketed(bindHost))) return;
  const setting = given.has("bindHost")
    ? `${given.get("bindHost")}=${bindHost}`
    : `${given.get("env")}=production (listens on ${bindHost})`;
  warnings.push(
    `${setting} without METRICS_TOKEN: anyone who reaches the port can read names, addresses and ` +
      "traffic of all devices. Set METRICS_TOKEN, or BIND_HOST=127.0.0.1 if only this machine asks.",
  );
}
