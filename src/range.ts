/**
 * Which addresses are Tailscale's, and which are this machine's own: the one place for these
 * ranges. What is allowed at such an address is decided elsewhere.
 *
 * @module
 */

import { type Cidr, isInAny, parseCidr } from "./cidr.ts";

/** The ranges that Tailscale gives addresses from, and headscale by default. */
const TAILSCALE: readonly Cidr[] = parseAll(["100.64.0.0/10", "fd7a:115c:a1e0::/48"]);

/**
 * The usual spellings of these as expressions: a status of 10,000 peers has 20,000 such addresses,
 * and they are four times as fast as reading an address. The first takes all of IPv4.
 */
const TAILSCALE_V4 =
  /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){2}$/;
const TAILSCALE_V6 = /^fd7a:115c:a1e0(?:(?::[\da-f]{1,4}){5}|:(?::[\da-f]{1,4}){1,4})$/;

/**
 * The parts of these ranges that no device has.
 *
 * Source: net/tsaddr of the Tailscale client
 */
const RESERVED: readonly Cidr[] = parseAll([
  // The client's own services, on every machine.
  "100.100.100.100",
  "fd7a:115c:a1e0::53",
  // Virtual machines of ChromeOS, behind the machine that asks.
  "100.115.92.0/23",
  // 4via6: an IPv4 address behind a subnet router, 169.254.169.254 for one.
  "fd7a:115c:a1e0:b1a::/64",
]);

const LOOPBACK: readonly Cidr[] = parseAll(["127.0.0.0/8", "::1"]);

/** Whether an address lies in the ranges of Tailscale; false for text that is no address. */
export function isInTailscaleRange(address: string): boolean {
  if (!address.includes(":")) return TAILSCALE_V4.test(address);
  return TAILSCALE_V6.test(address) || isInAny(address, TAILSCALE);
}

/** Whether an address is one that Tailscale gives to devices. */
export function isTailscaleAddress(address: string): boolean {
  return isInTailscaleRange(address) && !isInAny(address, RESERVED);
}

/** Whether an address is this machine's own, so that what is sent there never leaves it. */
export function isLoopbackAddress(address: string): boolean {
  return isInAny(address, LOOPBACK);
}

/**
 * Whether a host, as a URL or a `Host` header writes it, is this machine by itself.
 *
 * Shape: "localhost", "127.1.2.3", "::1" and "[::1]" → true
 */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || isLoopbackAddress(host.replace(/^\[(.*)\]$/, "$1"));
}

function parseAll(blocks: readonly string[]): readonly Cidr[] {
  return blocks.map(parseCidr).filter((block) => block !== undefined);
}
