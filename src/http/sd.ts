/**
 * `/sd/…`: lists of targets as Prometheus' HTTP service discovery reads them. Always the whole
 * list, `[]` for an empty one, and an error while nothing is known, upon which Prometheus keeps the
 * list it has.
 *
 * @module
 */

import type { TargetGroup, TargetList } from "../devices/discovery.ts";
import { formatShard } from "../shard.ts";
import { toJson } from "../text/printable.ts";
import { isUnchanged, makeEtag } from "./_etag.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { ReplyCache } from "./_reply_cache.ts";
import { encodeInSlices } from "./_sliced_text.ts";
import { jsonBytesReply, textReply } from "./reply.ts";
import { readDeviceQuery, readPagesQuery, readShardsQuery, SD_WANTED } from "./sd_query.ts";
import type { Views } from "./view.ts";

/** Options for {@linkcode createDiscovery}. */
export interface DiscoveryAnswersOptions {
  /** What there is to list. */
  readonly views: Pick<Views, "shard" | "discovery">;
  /** Host and port at which this server is found. Default: those that were asked at. */
  readonly address?: string | undefined;
  /** Tells this process from every other in the tags of its lists. Default: a random UUID. */
  readonly nonce?: string;
  /** How the making of a long list is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** Answers GET and HEAD of a path of {@linkcode DiscoveryAnswers}. */
export type DiscoveryAnswer = (request: Request) => Promise<Response>;

/** The answers of all paths below `/sd/`. */
export interface DiscoveryAnswers {
  /** `/sd/shards`: the parts of this server's page. */
  readonly shards: DiscoveryAnswer;
  /** `/sd/devices`: devices as targets of other exporters. */
  readonly devices: DiscoveryAnswer;
  /** `/sd/pages`: the devices' own pages. */
  readonly pages: DiscoveryAnswer;
}

/**
 * The answers over what the views list.
 *
 * A list of devices is kept as bytes until the views are of another version, and its ETag is made
 * of version and query alone: asking again costs a lookup, and asking with `If-None-Match` does not
 * even make a list. A list is made in slices, once for all who ask meanwhile; one who stops waiting
 * does not stop it for the others.
 */
export function createDiscovery(options: DiscoveryAnswersOptions): DiscoveryAnswers {
  const { views: { shard, discovery }, address, nonce = crypto.randomUUID(), slices } = options;
  const cache = new ReplyCache();

  async function answerDevices(
    request: Request,
    query: unknown,
    list: (current: TargetList) => Iterable<TargetGroup | undefined>,
  ): Promise<Response> {
    const current = await discovery.current();
    if (current === undefined) {
      // What is stale must not hold memory.
      cache.clear();
      return textReply(503, "Service Unavailable: no list of devices yet.\n", {
        "retry-after": "5",
      });
    }
    const { version } = current;
    const key = JSON.stringify(query);
    return await answerList(
      request,
      makeEtag(`${nonce} ${version} ${key}`),
      () => cache.get(version, key, () => encodeInSlices(textsOf(list(current)), slices)),
    );
  }

  return {
    async shards(request) {
      const url = new URL(request.url);
      const count = readShardsQuery(url.searchParams);
      if (count === undefined) return badRequest(SD_WANTED.shards);
      if (shard !== undefined) {
        return badRequest(
          `this process looks after shard ${formatShard(shard)} only, as SHARD says: list ` +
            "the processes in the configuration of Prometheus",
        );
      }
      const target = address ?? askedAt(request);
      if (target === undefined) return badRequest("want a Host that is a name or an address");
      const shards = listShards(target, url.protocol === "https:", count);
      const bytes = await encodeInSlices(textsOf(shards), slices);
      return await answerList(request, makeEtag(bytes), () => Promise.resolve(bytes));
    },
    async devices(request) {
      const query = readDeviceQuery(new URL(request.url).searchParams);
      if (query === undefined) return badRequest(SD_WANTED.devices);
      return await answerDevices(request, query, (current) => current.devices(query));
    },
    async pages(request) {
      const query = readPagesQuery(new URL(request.url).searchParams);
      if (query === undefined) return badRequest(SD_WANTED.pages);
      return await answerDevices(
        request,
        { pages: query },
        (current) => current.pages(query.isOnline),
      );
    },
  };
}

/**
 * One target for each shard. All have the same address, so `up` needs a label to tell them apart.
 *
 * The scheme is told only where we serve TLS ourselves: a proxy in front of us that does so is
 * known to the configuration of the scrape, and must not be overruled.
 */
function listShards(target: string, isTls: boolean, count: number): readonly TargetGroup[] {
  return Array.from({ length: count }, (_, index) => ({
    targets: [target],
    labels: toJson({
      shard: String(index),
      __metrics_path__: "/metrics",
      __param_shard: String(index),
      __param_shards: String(count),
      ...(isTls && { __scheme__: "https" }),
    }),
  }));
}

/**
 * Where the request was sent, by its `Host`: the only thing of a request that we ever repeat. The
 * URL is made from it, but has `localhost` for an empty one, and only the end of `user@host`.
 */
function askedAt({ headers, url }: Request): string | undefined {
  const { hostname, port, protocol, username, password } = new URL(url);
  // HTTP/2 has no such header; there the URL is all there is.
  const host = headers.get("host") ?? hostname;
  if (host === "" || host.includes("@") || username !== "" || password !== "") return undefined;
  if (!/^(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])$/.test(hostname)) {
    return undefined;
  }
  // Neither can be connected to.
  if (hostname.includes("..") || port === "0") return undefined;
  return `${hostname}:${port === "" ? protocol === "https:" ? 443 : 80 : port}`;
}

async function answerList(
  request: Request,
  etag: string,
  bytes: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Response> {
  const headers = { etag, "cache-control": "private, no-cache" };
  if (isUnchanged(request, etag)) {
    return new Response(null, { status: 304, headers });
  }
  return jsonBytesReply(200, await bytes(), headers);
}

/** The list as it is sent, a text for each place in it, made of what is JSON already. */
function* textsOf(groups: Iterable<TargetGroup | undefined>): Generator<string> {
  yield "[";
  let separator = "";
  for (const group of groups) {
    if (group === undefined) {
      yield "";
      continue;
    }
    yield `${separator}{"targets":${toJson(group.targets)},"labels":${group.labels}}`;
    separator = ",";
  }
  yield "]\n";
}

function badRequest(reason: string): Response {
  return textReply(400, `Bad Request: ${reason}.\n`);
}
