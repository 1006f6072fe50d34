/**
 * Which nodes may ask over the tailnet: the rule of `TSNET_ALLOW`, checked with what the tailnet
 * itself says about the other end of a connection.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import type { Peer } from "./peer.ts";

/** What {@linkcode guardPeers} is told. */
export interface GuardOptions {
  /** Tags with `tag:`, login names, names of nodes; case does not matter. Empty: all. */
  readonly allowed: readonly string[];
  /** The name of our own node, with its domain; undefined while it has none. Default: none. */
  readonly ownName?: (() => string | undefined) | undefined;
  /** Logs each client, at level debug. */
  readonly log: Pick<Logger, "debug">;
}

/** A handler of requests, of which we need the peer only. */
export type PeerHandler<R extends { readonly peer?: Peer | undefined }> = (
  request: Request,
  remote: R,
) => Response | Promise<Response>;

/** A handler that answers 403 to every peer that is not allowed, before anything else. */
export function guardPeers<R extends { readonly peer?: Peer | undefined }>(
  handler: PeerHandler<R>,
  { allowed, log, ownName }: GuardOptions,
): PeerHandler<R> {
  const isAllowed = createPeerCheck(allowed, ownName);
  return (request, remote) => {
    const client = describePeer(remote.peer);
    if (isAllowed(remote.peer)) {
      log.debug("Request from {client}", { client });
      return handler(request, remote);
    }
    log.debug("Refused a request from {client}: not in TSNET_ALLOW", { client });
    return new Response("Forbidden: this node is not in TSNET_ALLOW.\n", {
      status: 403,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    });
  };
}

/**
 * A check of the other end of a connection.
 *
 * @param allowed Tags with `tag:`, login names, names of nodes, of ours with or without its domain;
 * case does not matter. Empty: all.
 * @param ownName The name of our own node, with its domain. Default: none.
 * @returns Tells for a peer, undefined for one that the tailnet does not know, whether it may ask.
 */
export function createPeerCheck(
  allowed: readonly string[],
  ownName: () => string | undefined = () => undefined,
): (peer: Peer | undefined) => boolean {
  if (allowed.length === 0) return () => true;
  const keys = new Set(allowed.map((each) => each.toLowerCase()));
  return (peer) => {
    if (peer === undefined) return false;
    return namesOf(peer, domainOf(ownName())).some((name) => keys.has(name.toLowerCase()));
  };
}

/** A peer as the log names it. */
export function describePeer(peer: Peer | undefined): string {
  if (peer === undefined) return "a node that the tailnet does not know";
  const owner = peer.user === "" ? (peer.tags ?? []).join(", ") : peer.user;
  return owner === "" ? peer.name : `${peer.name} (${owner})`;
}

/** The domain of a node's name with its dot, ".tail1.ts.net"; undefined if it has none. */
export function domainOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : /\..+$/.exec(name)?.[0];
}

/**
 * What a peer may be allowed by. A tag holds a ":" and a login name of Tailscale an "@", which no
 * node's name does. A login name of headscale may have no "@": it is then like a node's name. Only
 * a node of another tailnet has its domain in its name; its tags are its owner's and do not count.
 */
function namesOf({ name, tags, user }: Peer, domain: string | undefined): readonly string[] {
  const isOurs = !name.includes(".");
  return [
    name,
    ...isOurs && domain !== undefined ? [`${name}${domain}`] : [],
    ...user === "" ? [] : [user],
    ...isOurs ? tags ?? [] : [],
  ];
}
