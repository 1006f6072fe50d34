/**
 * Which nodes may ask over the tailnet, where a tailscaled in userspace mode forwards their
 * connections to this machine: it alone can tell who is behind a local port.
 *
 * @module
 */

import { domainOf, type GuardOptions, guardPeers, type PeerHandler } from "../own_node/allow.ts";
import type { Peer } from "../own_node/peer.ts";
import { bracketed } from "../cidr.ts";
import { describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { type SharedCauses, TroubleLog } from "../log/trouble.ts";
import { isLoopbackAddress } from "../range.ts";
import type { Whois } from "../tailscale/local/mod.ts";

/** What a request's handler knows of the other end. */
export interface GuardedRemote {
  /** Its address. */
  readonly hostname: string;
  /** Its port; undefined if that is not known. */
  readonly port?: number | undefined;
  /** Stands for the connection: the same object for each of its requests. Default: not told. */
  readonly connection?: object | undefined;
  /** The node of the tailnet. */
  readonly peer?: Peer | undefined;
  /** Whether tailscaled may have forwarded the connection from another machine. Default: false. */
  readonly isForwarded?: boolean | undefined;
}

/** What {@linkcode guardForwarded} is told. */
export interface ForwardedOptions extends GuardOptions {
  /** The name of our own node, with its domain; undefined while it has none. */
  readonly ownName: () => string | undefined;
  /** Logs each client, at level debug, and once that tailscaled does not identify clients. */
  readonly log: Pick<Logger, "debug" | "info" | "warning">;
  /** Causes that guards of other ports report, too. Default: its own. */
  readonly causes?: SharedCauses | undefined;
  /** Asks the tailscaled who is behind an address; undefined if no node is. */
  readonly whois: (address: string) => Promise<Whois | undefined>;
  /**
   * Whether tailscaled is known not to answer. Where all nodes are allowed, no request then waits
   * for it. Default: it is not known.
   */
  readonly isAway?: (() => boolean) | undefined;
  /**
   * Whether a path is a probe, which says nothing secret: a tailscaled that is away must not
   * restart our container. Default: none is.
   */
  readonly isProbe?: ((path: string) => boolean) | undefined;
}

/** The one problem that is logged: its key, and its cause, which all guarded ports meet at once. */
const WHOIS = "whois";

/**
 * A handler that answers 403 to nodes that are not allowed. Passes on to `handler` the node's
 * address in place of loopback, so that each node has its own rate limit, and whether the
 * connection may have been forwarded. A connection that no node is behind was made on this machine
 * or its network, and is let through, as it is with the embedded node.
 */
export function guardForwarded<R extends GuardedRemote>(
  handler: PeerHandler<R>,
  options: ForwardedOptions,
): PeerHandler<R> {
  const { allowed, causes, isAway = () => false, isProbe = () => false, log, ownName } = options;
  const guarded = guardPeers(handler, options);
  const trouble = new TroubleLog(log, causes);
  const whois = rememberNodes(async (address) => {
    const found = await options.whois(address);
    trouble.over(WHOIS, "tailscaled identifies clients again");
    return found;
  });
  return async (request, remote) => {
    // tailscaled forwards from the machine that it runs on.
    const { connection, hostname, port } = remote;
    if (port === undefined || !isLoopbackAddress(hostname)) return handler(request, remote);
    const isFree = isProbe(new URL(request.url).pathname);
    // A tailscaled that is stuck must not keep probes waiting, which have no rate limit, nor
    // scrapes, which would time out.
    if (allowed.length === 0 && (isFree || isAway())) {
      return handler(request, { ...remote, isForwarded: true });
    }
    let found: Whois | undefined;
    try {
      found = await whois(`${bracketed(hostname)}:${port}`, connection);
    } catch (error) {
      log.debug("Cannot identify the client: {reason}", { reason: describeError(error) });
      const isOpen = isFree || allowed.length === 0;
      if (isOpen) return handler(request, { ...remote, isForwarded: true });
      const message = "Answering 503 to all that TSNET_ALLOW guards, this machine included: " +
        "tailscaled does not identify clients: {reason}";
      trouble.report(WHOIS, message, { reason: describeError(error) }, { cause: WHOIS });
      return unavailable();
    }
    if (found === undefined) return handler(request, remote);
    const peer = peerOf(found, ownName());
    const { addresses: [address = hostname] } = found;
    return guarded(request, { ...remote, hostname: address, peer, isForwarded: true });
  };
}

/** Asks once for each connection of a node, so that a flood of requests costs tailscaled little. */
function rememberNodes(whois: ForwardedOptions["whois"]) {
  const known = new WeakMap<object, Whois>();
  return async (address: string, connection: object | undefined): Promise<Whois | undefined> => {
    const kept = connection && known.get(connection);
    if (kept !== undefined) return kept;
    const found = await whois(address);
    if (connection !== undefined && found !== undefined) known.set(connection, found);
    return found;
  };
}

/**
 * A node of another tailnet keeps its domain, so that it is not taken for one of ours, and its tags
 * are its owner's.
 */
function peerOf({ hostname, name, tags, user }: Whois, ownName: string | undefined): Peer {
  const domain = domainOf(ownName);
  const isOurs = name === undefined || domain === undefined || name.endsWith(domain);
  return {
    name: (isOurs ? name?.split(".")[0] : name) ?? hostname ?? "",
    user: tags.length === 0 ? user?.loginName ?? "" : "",
    tags: isOurs ? tags : [],
  };
}

function unavailable(): Response {
  return new Response("Unavailable: the sidecar cannot identify the client.\n", {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
