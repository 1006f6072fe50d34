/**
 * What the page reads of hosts and their peers. Types only; the schemas are in `src/api/`.
 *
 * @module
 */

/** The path to a peer, as a host sees it. */
export interface PathEntry {
  /** The path that packets take. */
  readonly path: string;
  /** Whether there is no other path than a DERP relay. */
  readonly relay_only: boolean;
  /** When it was taken. */
  readonly since: string;
  /** The code of the peer's home DERP region. */
  readonly region: string | null;
  /** Round-trip time in milliseconds. */
  readonly rtt_ms: number | null;
  /** For how long the path was a relay. */
  readonly relay_seconds: number;
  /** For how long it was known. */
  readonly path_seconds: number;
}

/** A peer of a host. */
export interface Peer extends PathEntry {
  /** The stable id of its node. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
}

/** Numbers of peers by path. */
export type PathCounts = Readonly<Record<string, number>>;

/** A host. */
export interface HostEntry {
  /** How its tailscaled is reached. */
  readonly host: string;
  /** Its name in the tailnet. */
  readonly name: string | null;
  /** Whether it is an embedded node, all of whose paths are relayed. */
  readonly relay_only: boolean;
  /** Whether tailscaled answered the last poll. */
  readonly answers: boolean | null;
  /** Since when that is so. */
  readonly since: string | null;
  /** Whether the last answer is recent. */
  readonly fresh: boolean;
  /** The state of the node of tsmetrics, if it is this host; else null or absent. */
  readonly own_node?: string | null;
  /** The state of tailscaled. */
  readonly state: string | null;
  /** What tailscaled reports as wrong. */
  readonly health: readonly string[];
  /** Number of peers. */
  readonly peer_count: number | null;
  /** Peers by path. */
  readonly paths: PathCounts;
  /** Peers by home region and path. */
  readonly regions: readonly { readonly region: string | null; readonly paths: PathCounts }[];
  /** Peers that pass the filters. */
  readonly total: number;
  /** The cursor of the next page. */
  readonly next: string | null;
  /** The peers of this page. */
  readonly peers: readonly Peer[];
  /** What the watchdog did, the latest first. */
  readonly actions: readonly {
    readonly time: string;
    readonly action: string;
    readonly succeeded: boolean;
  }[];
}

/** `/api/v1/hosts`. */
export interface Hosts {
  /** The hosts. */
  readonly hosts: readonly HostEntry[];
}
