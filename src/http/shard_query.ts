/**
 * `?shard=i&shards=N`: which part of the page a scrape wants. Other parameters are
 * ignored, because Prometheus sends whatever its configuration says.
 *
 * @module
 */

import { formatShard, MAX_SHARDS, readShard, type Shard } from "../shard.ts";

/** What a request wants of the page: a part, all of it (`undefined`), or what cannot be. */
export type WantedPart = { readonly shard: Shard | undefined } | { readonly fault: string };

/** What is wanted of the two parameters, for answers to those who sent something else. */
export const SHARD_WANTED: string =
  `want shard=I and shards=N, each once, with I from 0 to N-1 and N ` +
  `from 1 to ${MAX_SHARDS}`;

/**
 * Reads which part of the page is wanted.
 *
 * A process that looks after a part itself knows nothing of the others, so of it only this very
 * part can be wanted: anything else would be a page that silently lacks devices.
 *
 * @param own The part that this process looks after; undefined = all.
 * @returns A fault that repeats nothing of the request.
 */
export function readWantedPart(params: URLSearchParams, own: Shard | undefined): WantedPart {
  const [indexes, counts] = [params.getAll("shard"), params.getAll("shards")];
  if (indexes.length === 0 && counts.length === 0) return { shard: undefined };
  const shard = indexes.length === 1 && counts.length === 1
    ? readShard(indexes[0] ?? "", counts[0] ?? "")
    : undefined;
  if (shard === undefined) return { fault: SHARD_WANTED };
  if (own === undefined) return { shard };
  if (formatShard(shard) === formatShard(own)) return { shard: undefined };
  return { fault: `this process looks after shard ${formatShard(own)} only, as SHARD says` };
}
