/**
 * What a peer is: a device, or one that Tailscale itself adds to the network map.
 * `tailscale status` hides most of the latter.
 *
 * @module
 */

/** A kind of peer that is no machine of one's own tailnet, as a bounded label value. */
export type ForeignKind =
  /** An exit node of Mullvad VPN. It speaks WireGuard only, so it answers no disco or TSMP ping. */
  | "mullvad"
  /** A relay through which Funnel's requests come in. */
  | "funnel"
  /** A machine of another tailnet, listed only because something is shared with its user. */
  | "sharee";

/** What a peer is. */
export type PeerKind = ForeignKind | "device";

/** Every {@linkcode ForeignKind}, in the order in which they are shown. */
export const FOREIGN_KINDS: readonly ForeignKind[] = ["mullvad", "funnel", "sharee"];

/** The part of a peer that tells its kind. */
export interface KindFacts {
  /** MagicDNS name without a trailing dot. */
  readonly name: string | undefined;
  /** The host name that it gave itself. */
  readonly hostname: string | undefined;
  /** Tags with their prefix. */
  readonly tags: readonly string[];
  /** Whether it is listed only because something is shared with it. */
  readonly isSharee: boolean | undefined;
}

/** The domain of Mullvad's exit nodes, and the tag that control gives them. */
const MULLVAD_DOMAIN = ".mullvad.ts.net", MULLVAD_TAG = "tag:mullvad-exit-node";

/** What a Funnel relay is called, and its tag; a tailnet may have a tag of that name itself. */
const FUNNEL_HOSTNAME = "funnel-ingress-node", FUNNEL_TAG = "tag:ingress";

/** The kind of a peer. A machine that is shared with this host is a device like any other. */
export function kindOf({ name, hostname, tags, isSharee }: KindFacts): PeerKind {
  if (name?.endsWith(MULLVAD_DOMAIN) || tags.includes(MULLVAD_TAG)) return "mullvad";
  if (isSharee !== true) return "device";
  return hostname === FUNNEL_HOSTNAME || tags.includes(FUNNEL_TAG) ? "funnel" : "sharee";
}
