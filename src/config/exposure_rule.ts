/**
 * Whether the port asks for a credential; warns of one that others can reach and that does not.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { isLoopbackHost } from "../range.ts";
import type { Reading } from "./_reading.ts";
import type { Config } from "./setting_table.ts";

/** The settings that make the port ask for a token, a login or a certificate. */
export type CredentialSettings = Pick<
  Config,
  "basicAuthUsers" | "metricsToken" | "tlsClientCaPem"
>;

/** Whether the port asks its clients for a token, a login or a certificate. */
export function asksForCredential(
  { basicAuthUsers, metricsToken, tlsClientCaPem }: CredentialSettings,
): boolean {
  return (metricsToken ?? basicAuthUsers ?? tlsClientCaPem) !== undefined;
}

/** Warns if the server listens beyond this machine and asks for no credential. */
export function warnAboutOpenPort({ config, given, warnings }: Reading): void {
  const { bindHost } = config;
  if (asksForCredential(config) || isLoopbackHost(bracketed(bindHost))) return;
  const setting = given.has("bindHost")
    ? `${given.get("bindHost")}=${bindHost}`
    : `${given.get("env")}=production (listens on ${bindHost})`;
  warnings.push(
    `${setting} without METRICS_TOKEN: anyone who reaches the port can read names, addresses and ` +
      "traffic of all devices. Set METRICS_TOKEN, or BIND_HOST=127.0.0.1 if only this machine asks.",
  );
}
