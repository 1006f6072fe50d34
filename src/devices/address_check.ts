/**
 * Which addresses a device may be asked at. The API tells the addresses, so without this check
 * it could send our requests anywhere.
 *
 * @module
 */

import { type Cidr, isInAny } from "../cidr.ts";
import { isTailscaleAddress } from "../range.ts";

/** Whether an address may be asked. */
export type AddressCheck = (address: string) => boolean;

/**
 * A check that takes Tailscale's addresses and those of the given blocks.
 *
 * @param allowCidrs What the operator allows besides, reserved ranges too. Default: none.
 */
export function createAddressCheck(allowCidrs: readonly Cidr[] = []): AddressCheck {
  return (address) => isTailscaleAddress(address) || isInAny(address, allowCidrs);
}
