/**
 * Which addresses a device may be asked at. The API tells the addresses, so without this check
 * whoever can name an address there could send our requests anywhere.
 *
 * @module
 */

import { type Cidr, isInAny, parseCidr } from "../cidr.ts";

/** Whether an address may be asked. */
export type AddressCheck = (address: string) => boolean;

/** The ranges that Tailscale gives addresses from. */
export const TAILSCALE_RANGES: readonly string[] = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];

/**
 * The parts of these ranges that no device has.
 *
 * Source: net/tsaddr of the Tailscale client
 */
const RESERVED_RANGES: readonly string[] = [
  // The client's own services, on every machine.
  "100.100.100.100",
  "fd7a:115c:a1e0::53",
  // Virtual machines of ChromeOS, behind the machine that asks.
  "100.115.92.0/23",
  // 4via6: an IPv4 address behind a subnet router, 169.254.169.254 for one.
  "fd7a:115c:a1e0:b1a::/64",
];

const tailscaleCidrs = parseAll(TAILSCALE_RANGES);
const reservedCidrs = parseAll(RESERVED_RANGES);

/** Whether an address is one that Tailscale gives to devices. */
export function isTailscaleAddress(address: string): boolean {
  return isInAny(address, tailscaleCidrs) && !isInAny(address, reservedCidrs);
}

/**
 * A check that takes Tailscale's addresses and those of the given blocks.
 *
 * @param allowCidrs What the operator allows besides, reserved ranges too. Default: none.
 */
export function createAddressCheck(allowCidrs: readonly Cidr[] = []): AddressCheck {
  return (address) => isTailscaleAddress(address) || isInAny(address, allowCidrs);
}

function parseAll(ranges: readonly string[]): readonly Cidr[] {
  return ranges.map(parseCidr).filter((cidr) => cidr !== undefined);
}
