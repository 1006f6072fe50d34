/**
 * `/sd/…`: lists of targets as Prometheus' HTTP service discovery reads them. Always the whole
 * list, `[]` for an empty one, and an error while nothing is known, upon which Prometheus keeps the
 * list it has.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { formatShard } from "../shard.ts";
import { textReply } from "./reply.ts";
import { readDeviceQuery, readPagesQuery, readShardsQuery, SD_WANTED } from "./sd_query.ts";
import type { TargetGroup, Views } from "./view.ts";

/** What {@linkcode createDiscovery} is told. */
export interface DiscoveryOptions {
  /** What there is to list. */
  readonly views: Pick<Views, "shard" | "discovery">;
  /** Host and port at which this server is found; those that were asked at unless told. */
  readonly address?: string | undefined;
}

/** Answers GET and HEAD of a path of {@linkcode Discovery}. */
export type DiscoveryAnswer = (request: Request) => Response;

/** The answers of all paths below `/sd/`. */
export interface Discovery {
  /** `/sd/shards`: this server's page in so many parts. */
  readonly shards: DiscoveryAnswer;
  /** `/sd/devices`: devices as targets of other exporters. */
  readonly devices: DiscoveryAnswer;
  /** `/sd/pages`: the devices' own pages. */
  readonly pages: DiscoveryAnswer;
}

/** The answers over what the views list. */
export function createDiscovery({ views, address }: DiscoveryOptions): Discovery {
  return {
    shards(request) {
      const url = new URL(request.url);
      const count = readShardsQuery(url.searchParams);
      if (count === undefined) return badRequest(SD_WANTED.shards);
      if (views.shard !== undefined) {
        return badRequest(
          `this process looks after shard ${formatShard(views.shard)} only, as SHARD says: list ` +
            "the processes in the configuration of Prometheus",
        );
      }
      const target = address ?? askedAt(request);
      if (target === undefined) return badRequest("want a Host that is a name or an address");
      return answerList(request, listShards(target, url.protocol === "https:", count));
    },
    devices(request) {
      const query = readDeviceQuery(new URL(request.url).searchParams);
      if (query === undefined) return badRequest(SD_WANTED.devices);
      return answerList(request, views.discovery.devices(query));
    },
    pages(request) {
      const query = readPagesQuery(new URL(request.url).searchParams);
      if (query === undefined) return badRequest(SD_WANTED.pages);
      return answerList(request, views.discovery.pages(query.isOnline));
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
    labels: {
      shard: String(index),
      __metrics_path__: "/metrics",
      __param_shard: String(index),
      __param_shards: String(count),
      ...(isTls && { __scheme__: "https" }),
    },
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
  return `${hostname}:${port === "" ? protocol === "https:" ? 443 : 80 : port}`;
}

function answerList(request: Request, groups: readonly TargetGroup[] | undefined): Response {
  if (groups === undefined) {
    return textReply(503, "Service Unavailable: no list of devices yet.\n", { "retry-after": "5" });
  }
  const bytes = new TextEncoder().encode(`${JSON.stringify(groups)}\n`);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const headers = { etag, "cache-control": "private, no-cache" };
  if (isKnown(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(bytes, {
    headers: {
      ...headers,
      "content-type": "application/json",
      "content-length": String(bytes.length),
    },
  });
}

/**
 * Whether the list that the request has is this one.
 *
 * Source: RFC 9110, 13.1.2
 */
function isKnown(header: string | null, etag: string): boolean {
  return (header ?? "").split(",").map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag);
}

function badRequest(reason: string): Response {
  return textReply(400, `Bad Request: ${reason}.\n`);
}
