/**
 * Which peers are pinged: globs on what a peer is called, and tags.
 *
 * @module
 */

import { matchGlob } from "../glob.ts";
import { tagKey } from "../tag.ts";
import type { PeerObservation } from "./peer.ts";

/** The part of a peer that a filter looks at. */
export type NamedPeer = Pick<PeerObservation, "id" | "name" | "tags">;

/** Whether a peer is meant. */
export type PeerFilter = (peer: NamedPeer) => boolean;

/** What {@linkcode createPeerFilter} goes by; an empty list asks for nothing. */
export interface PeerFilterOptions {
  /** Globs on name, short name and id, one of which must match; letter case does not count. */
  readonly names: readonly string[];
  /** Globs on tags, with or without "tag:", one of which must match. */
  readonly tags: readonly string[];
}

/** A filter; with both lists given a peer must pass both. */
export function createPeerFilter(options: PeerFilterOptions): PeerFilter {
  const names = options.names.map((glob) => glob.toLowerCase());
  const tags = options.tags.map(tagKey);
  return (peer) =>
    (names.length === 0 || matchesAny(names, namesOf(peer))) &&
    (tags.length === 0 || matchesAny(tags, peer.tags.map(tagKey)));
}

function matchesAny(globs: readonly string[], texts: readonly string[]): boolean {
  return globs.some((glob) => texts.some((text) => matchGlob(glob, text)));
}

function namesOf({ id, name }: NamedPeer): readonly string[] {
  const lower = name.toLowerCase();
  return [lower, lower.split(".", 1)[0] ?? lower, id.toLowerCase()];
}
