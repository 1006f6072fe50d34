/**
 * Serves the JSON API below `/api/`: parameters, ETag, gzip, answers that are kept. Loaded with the
 * first request, so that a program whose API is never used pays nothing for it.
 *
 * @module
 */

import {
  API_ROUTES,
  isFault,
  type Known,
  matchRoute,
  openApiDocument,
  type ParameterFault,
  Query,
  readQuery,
} from "../api/mod.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { isUnchanged, makeEtag } from "./_etag.ts";
import { type Bytes, ReplyCache } from "./_reply_cache.ts";
import { encodeInSlices } from "./_sliced_text.ts";
import { GzipMember } from "./compress.ts";
import { debugJson } from "./debug.ts";
import { chooseEncoding, type Encoding } from "./encoding.ts";
import { healthJson } from "./health.ts";
import { encodeJson, jsonBytesReply, jsonReply, textReply } from "./reply.ts";
import type { Views } from "./view.ts";

/** What {@linkcode createApiAnswer} is told. */
export interface ApiOptions {
  /** What there is to show. */
  readonly views: Pick<Views, "debug" | "facts" | "health">;
  /** Tells this process from every other in the tags of its answers. Default: a random UUID. */
  readonly nonce?: string;
  /** How long answers are made in slices. */
  readonly slices?: TimeSliceOptions | undefined;
}

/** Smaller answers are not compressed: the head is larger than what is saved. */
const MIN_GZIP_BYTES = 1024;

/** Bytes compressed in one go: about a millisecond. */
const GZIP_PIECE_BYTES = 32 * 1024;

/** Answers a request for a path below `/api/`. */
export function createApiAnswer(
  { nonce = crypto.randomUUID(), slices, views }: ApiOptions,
): (request: Request) => Promise<Response> {
  const known = knownOf(views);
  const cache = new ReplyCache();
  const versions = new Versions(views.facts);

  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/api/openapi.json") {
      const document = encodeJson(openApiDocument(views.health().version), 2);
      return await reply(request, document, slices);
    }
    const match = matchRoute(url.pathname, API_ROUTES);
    if (match === undefined) return textReply(404, "Not Found\n");
    const { params, route } = match;
    const isPost = request.method === "POST";
    if (isPost !== (route.method === "POST")) {
      const allow = isPost ? "GET, HEAD" : "POST";
      return textReply(405, "Method Not Allowed\n", { allow });
    }
    const query = readQuery(route.parameters, [...params, ...url.searchParams]);
    if (!(query instanceof Query)) return refuse(query);
    const fault = route.check?.(query);
    if (fault !== undefined) return refuse(fault);
    if (route.dependsOn === "all") {
      const answer = await route.answer(known, query, slices);
      if (answer === undefined) return textReply(404, "Not Found\n");
      if (isFault(answer)) return refuse(answer);
      return await reply(request, await encodeInSlices(answer, slices), slices);
    }
    const version = versions.current();
    const coding = chooseEncoding(request.headers.get("accept-encoding"));
    const key = `${coding} ${route.path} ${query.key}`;
    const etag = makeEtag(nonce, `${version} ${key}`);
    if (isUnchanged(request, etag)) return unchanged(etag);
    const bytes = await cache.get(version, key, async () => {
      const answer = await route.answer(known, query, slices);
      const plain = await encodeInSlices(isFault(answer) ? [] : answer ?? [], slices);
      return coding === "gzip" ? await gzip(plain, slices) : plain;
    });
    return jsonBytesReply(200, bytes, headersOf(etag, coding));
  };
}

/** Numbers the states of the facts: the same number for as long as nothing has changed. */
class Versions {
  readonly #facts: Views["facts"];
  #version = 0;
  #seen: readonly unknown[] = [];

  constructor(facts: Views["facts"]) {
    this.#facts = facts;
  }

  current(): number {
    const seen = this.#facts.tailnets()
      .flatMap(({ api, isFresh, listing, scrapes }) => [api, isFresh, listing, scrapes]);
    const isSame = seen.length === this.#seen.length &&
      seen.every((each, at) => each === this.#seen[at]);
    if (!isSame) this.#version++;
    this.#seen = seen;
    return this.#version;
  }
}

function knownOf(views: ApiOptions["views"]): Known {
  return {
    tailnets: () => views.facts.tailnets(),
    host: () => views.facts.host(),
    monitor: () => views.facts.monitor(),
    leftOutOf: (key) => views.facts.leftOutOf(key),
    health: () => ({ ...healthJson(views.health()) }),
    debug: () => debugJson(views.debug()),
    now: () => views.health().nowMs,
  };
}

/** An answer of this time alone: its tag is made of its bytes. */
async function reply(
  request: Request,
  bytes: Bytes,
  slices: TimeSliceOptions | undefined,
): Promise<Response> {
  const isLong = bytes.length >= MIN_GZIP_BYTES;
  const coding = isLong ? chooseEncoding(request.headers.get("accept-encoding")) : "identity";
  const etag = makeEtag(coding, bytes);
  if (isUnchanged(request, etag)) return unchanged(etag);
  const sent = coding === "gzip" ? await gzip(bytes, slices) : bytes;
  return jsonBytesReply(200, sent, headersOf(etag, coding));
}

function unchanged(etag: string): Response {
  return new Response(null, { status: 304, headers: headersOf(etag, "identity") });
}

function headersOf(etag: string, coding: Encoding): Record<string, string> {
  return {
    etag,
    "cache-control": "private, no-cache",
    vary: "accept-encoding",
    ...coding === "gzip" && { "content-encoding": coding },
  };
}

async function gzip(plain: Bytes, slices: TimeSliceOptions | undefined): Promise<Bytes> {
  const member = new GzipMember(piecesOf(plain));
  const slice = new TimeSlice(slices);
  const parts: Uint8Array[] = [];
  for (let at = 0;; at++) {
    const part = member.part(at);
    if (part === undefined) break;
    parts.push(part);
    if (slice.isOver) await slice.next();
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function* piecesOf(bytes: Bytes): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += GZIP_PIECE_BYTES) {
    yield bytes.subarray(at, at + GZIP_PIECE_BYTES);
  }
}

function refuse({ allowed, parameter, value }: ParameterFault): Response {
  const error = `Bad parameter ${parameter}: got "${value}", want ${allowed}`;
  return jsonReply(400, { error, parameter, value, allowed });
}
