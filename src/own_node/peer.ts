/**
 * Who asks over the tailnet, as the Worker and a sidecar's tailscaled tell it. Imports nothing: the
 * Worker is bundled with it.
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
