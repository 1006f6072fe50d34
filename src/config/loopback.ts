/**
 * Which hosts are this machine itself, so that what is sent there never leaves it.
 *
 * @module
 */

import { canonicalAddress } from "../cidr.ts";

/** Whether a host, as a URL writes it, is this machine by itself. */
export function isLoopback(hostname: string): boolean {
  // "::ffff:127.0.0.1" is an IPv4 address in IPv6 spelling.
  const address = canonicalAddress(hostname.replace(/^\[(.*)\]$/, "$1")) ?? hostname;
  return hostname === "localhost" || address === "::1" || /^127(?:\.\d+){3}$/.test(address);
}
