/**
 * The address and the login that a request comes from, where a proxy may stand between. What the
 * headers say counts only from proxies that are trusted: any client can send such headers.
 *
 * @module
 */

import { canonicalAddress, type Cidr, isInAny } from "../cidr.ts";
import type { AccessLine } from "./line.ts";

/** Maximum number of proxies in a row; the address before them is then that of the last. */
const MAX_HOPS = 16;

/** Where a request came from. */
export interface Client {
  /** The client's address, as far as trusted proxies tell it. */
  readonly address: string;
  /** What `tailscale serve` says of the user; undefined without it. */
  readonly login: string | undefined;
}

/**
 * The client of a request.
 *
 * `X-Forwarded-For` is read from its end, where the nearest proxy has written, and only as far as
 * the addresses are those of trusted proxies.
 *
 * @param trusted The addresses of proxies that are believed.
 */
export function clientOf(
  { address, forwarded, login }: Pick<AccessLine, "address" | "forwarded" | "login">,
  trusted: readonly Cidr[],
): Client {
  if (trusted.length === 0 || !isInAny(address, trusted)) return { address, login: undefined };
  if (forwarded === undefined) return { address, login };
  let client = address;
  let end = forwarded.length;
  for (let hop = 0; hop < MAX_HOPS && end > 0; hop++) {
    const comma = forwarded.lastIndexOf(",", end - 1);
    const before = readHop(forwarded.slice(comma + 1, end));
    // Beyond text that is no address the header cannot be followed.
    if (before === undefined) break;
    client = before;
    if (!isInAny(before, trusted)) break;
    end = comma;
  }
  return { address: client, login };
}

/** An address of the header, which some proxies write with a port or in brackets. */
function readHop(text: string): string | undefined {
  const hop = text.trim();
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1] ??
    /^([\d.]+):\d{1,5}$/.exec(hop)?.[1] ?? hop;
  return canonicalAddress(bare);
}
