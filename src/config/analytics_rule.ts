/**
 * Checks of the settings of access analytics that hold together only.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { isLoopbackHost } from "../range.ts";
import type { Reading } from "./_reading.ts";

/** Warns of a port for access logs that others reach: they can write what they like. */
export function warnAboutAccessPort({ config, given, warnings }: Reading): void {
  const { accessListen } = config;
  if (accessListen === undefined || isLoopbackHost(bracketed(accessListen.hostname))) return;
  warnings.push(
    `${given.get("accessListen")}=${bracketed(accessListen.hostname)}:${accessListen.port} takes ` +
      "lines from anyone who reaches the port, who can so make up requests. Limit it to the web " +
      "servers, by a firewall or a network of containers of their own.",
  );
}
