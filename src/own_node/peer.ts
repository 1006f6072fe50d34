/**
 * The node at the other end of a connection, as the Worker or a sidecar's tailscaled identifies it.
 * A file without imports, because the Worker's protocol refers to it.
 *
 * @module
 */

/** The node at the other end of a connection. */
export interface Peer {
  /** Its name in the tailnet. */
  readonly name: string;
  /** Login name of its user; empty for a tagged node. */
  readonly user: string;
  /** Its tags, with `tag:`. */
  readonly tags: readonly string[] | null;
}
