/**
 * Whether a device's name may stand in a target. A name is resolved by the client that gets the
 * target, so it must not be an address in disguise, nor a name of the asking machine itself.
 *
 * @module
 */

import type { Device } from "../control/device.ts";

const MAX_NAME = 253;

/** One label of a name: letters, digits, `-` and `_`, no dash at either end. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i;

/** What the last part of an IPv4 address looks like, in every form that resolvers take. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/i;

/** Names that a resolver answers from the machine itself (RFC 6761; the usual /etc/hosts). */
const OWN_MACHINE =
  /(?:^|\.)(?:localhost|localdomain)$|^ip6-(?:localhost|loopback|localnet|mcastprefix|all\w+)$/i;

/**
 * The name of a device, if it can be nothing but a name.
 *
 * A resolver takes "2130706433", "0x7f000001", "0177.1" and "127.1" for 127.0.0.1: a name whose
 * last part is a number is an address (WHATWG URL, "ends in a number"). A dotted name that is the
 * host name, too, was chosen by the device and not by the control plane, and can point anywhere.
 *
 * @returns undefined if there is no such name.
 */
export function targetNameOf({ name, hostname }: Device): string | undefined {
  const labels = name.split(".");
  if (name.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) return undefined;
  if (NUMBER.test(labels.at(-1) ?? "") || OWN_MACHINE.test(name)) return undefined;
  return labels.length > 1 && name === hostname ? undefined : name;
}
