/**
 * Which nodes may ask over the tailnet, where a tailscaled in userspace mode forwards their
 * connections to this machine: it alone can tell who is behind a local port.
 *
 * @module
 */

import { type GuardOptions, guardPeers, type Peer, type PeerHandler } from "../embedded/allow.ts";
import { describeError } from "../errors.ts";
import { isLoopbackAddress } from "../range.ts";
import type { Whois } from "../tailscale/local/mod.ts";

/** What a request's handler knows of the other end. */
export interface GuardedRemote {
  /** Its address. */
  readonly hostname: string;
  /** Its port; undefined if that is not known. */
  readonly port?: number | undefined;
  /** The node of the tailnet. */
  readonly peer?: Peer | undefined;
  /** Whether tailscaled may have forwarded the connection from another machine. Default: false. */
  readonly isForwarded?: boolean | undefined;
}

/** What {@linkcode guardForwarded} is told. */
export interface ForwardedOptions extends GuardOptions {
  /** Asks the tailscaled who is behind an address; undefined if no node is. */
  readonly whois: (address: string) => Promise<Whois | undefined>;
  /** The name of our own node, with its domain; undefined while it has none. */
  readonly ownName: () => string | undefined;
}

/** Paths that say nothing secret; a tailscaled that is away must not restart our container. */
const PROBE = /\/(?:healthz?|livez|readyz|startupz|-\/healthy|-\/ready)$/;

/**
 * A handler that answers 403 to every node that is not allowed, and is told which connections may
 * come from another machine although their address is loopback. A connection that no node is behind
 * was made on this machine or its network, and is let through, as it is with the embedded node.
 */
export function guardForwarded<R extends GuardedRemote>(
  handler: PeerHandler<R>,
  options: ForwardedOptions,
): PeerHandler<R> {
  const { log, ownName, whois } = options;
  const guarded = guardPeers(handler, options);
  return async (request, remote) => {
    // tailscaled forwards from the machine that it runs on.
    const { hostname, port } = remote;
    if (port === undefined || !isLoopbackAddress(hostname)) return handler(request, remote);
    let found: Whois | undefined;
    try {
      found = await whois(`${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`);
    } catch (error) {
      log.debug("Cannot identify the client: {reason}", { reason: describeError(error) });
      const isOpen = options.allowed.length === 0 || PROBE.test(new URL(request.url).pathname);
      return isOpen ? handler(request, { ...remote, isForwarded: true }) : unavailable();
    }
    if (found === undefined) return handler(request, remote);
    const peer = peerOf(found, ownName());
    return guarded(request, { ...remote, peer, isForwarded: true });
  };
}

/**
 * A node of another tailnet keeps its domain, so that it is not taken for one of ours, and its tags
 * are its owner's.
 */
function peerOf({ hostname, name, tags, user }: Whois, ownName: string | undefined): Peer {
  const domain = ownName?.slice(ownName.indexOf("."));
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
