/**
 * Which addresses a device may be asked at. The API tells the addresses, so without this check
 * whoever can name an address there could send our requests anywhere.
 *
 * @module
 */

import { canonicalAddress, type Cidr, parseCidr } from "../cidr.ts";

/** Whether an address may be asked. */
export type AddressCheck = (address: string) => boolean;

/** The ranges that Tailscale gives addresses from. */
export const TAILSCALE_RANGES: readonly string[] = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];

/** Addresses of the range that are no device: the client's own services on every machine. */
const SERVICE_ADDRESSES: ReadonlySet<string> = new Set(["100.100.100.100", "fd7a:115c:a1e0::53"]);

const tailscaleCidrs: readonly Cidr[] = TAILSCALE_RANGES.map(parseCidr)
  .filter((cidr) => cidr !== undefined);

/** Whether an address is one that Tailscale gives to devices. */
export function isTailscaleAddress(address: string): boolean {
  return tailscaleCidrs.some((cidr) => cidr.contains(address)) &&
    !SERVICE_ADDRESSES.has(canonicalAddress(address) ?? "");
}

/**
 * A check that takes Tailscale's addresses and those of the given blocks.
 *
 * @param allowCidrs What the operator allows besides; none unless told.
 */
export function createAddressCheck(allowCidrs: readonly Cidr[] = []): AddressCheck {
  return (address) =>
    isTailscaleAddress(address) || allowCidrs.some((cidr) => cidr.contains(address));
}
