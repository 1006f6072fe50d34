/**
 * Serves the JSON API below `/api/`: parameters, ETag, gzip, answers that are kept. Loaded with the
 * first request, so that a program whose API is never used pays nothing for it.
 *
 * @module
 */

import {
  API_ROUTES,
  type ApiRoute,
  type ApiSource,
  isFault,
  matchRoute,
  openApiDocument,
  type ParameterFault,
  Query,
  readQuery,
} from "../api/mod.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { isUnchanged, makeEtag } from "./_etag.ts";
import { faultReply } from "./_fault_reply.ts";
import { type Bytes, ReplyCache } from "./_reply_cache.ts";
import { SharedWork } from "./_shared_work.ts";
import { encodeInSlices } from "./_sliced_text.ts";
import { GzipMember } from "./compress.ts";
import { debugJson } from "./debug.ts";
import { chooseEncoding, type Encoding } from "./encoding.ts";
import { healthJson } from "./health.ts";
import { encodeJson, jsonBytesReply, textReply } from "./reply.ts";
import type { Views } from "./view.ts";

/** What {@linkcode createApiAnswer} is told. */
export interface JsonApiOptions {
  /** What there is to show. */
  readonly views: Pick<Views, "analytics" | "debug" | "facts" | "health">;
  /** Tells this process from every other in the tags of its answers. Default: a random UUID. */
  readonly nonce?: string;
  /** How long answers are made in slices. */
  readonly slices?: TimeSliceOptions | undefined;
}

/** An answer before it is compressed. */
interface Made {
  readonly plain: Bytes;
  /** How it is sent. */
  readonly coding: Encoding;
  readonly etag: string;
}

/** Smaller answers are not compressed: the head is larger than what is saved. */
const MIN_GZIP_BYTES = 1024;

/** Bytes compressed in one go: about a millisecond. */
const GZIP_PIECE_BYTES = 32 * 1024;

/** Answers a request for a path below `/api/`. */
export function createApiAnswer(
  { nonce = crypto.randomUUID(), slices, views }: JsonApiOptions,
): (request: Request) => Promise<Response> {
  const source = sourceOf(views);
  const cache = new ReplyCache();
  const versions = new Versions(views.facts);
  const making = new SharedWork<Made | ParameterFault | undefined>();
  const compressing = new SharedWork<Bytes>();
  // What was asked for before a change must not answer who asks after it.
  let changes = 0;

  function make(plain: Bytes, accepted: Encoding): Made {
    const coding = plain.length >= MIN_GZIP_BYTES ? accepted : "identity";
    return { plain, coding, etag: makeEtag(coding, plain) };
  }

  async function send(request: Request, { coding, etag, plain }: Made): Promise<Response> {
    if (isUnchanged(request, etag)) return unchanged(etag);
    const sent = coding === "gzip" ? await compressing.run(etag, () => gzip(plain, slices)) : plain;
    return jsonBytesReply(200, sent, headersOf(etag, coding));
  }

  /** An answer of this time alone; those who ask while it is made share it. */
  async function answerNow(request: Request, route: ApiRoute, query: Query): Promise<Response> {
    const accepted = chooseEncoding(request.headers.get("accept-encoding"));
    const work = async () => {
      const answer = await route.answer(source, query, slices);
      if (answer === undefined || isFault(answer)) return answer;
      return make(await encodeInSlices(answer, slices), accepted);
    };
    const made = route.method === "POST"
      ? await work().finally(() => changes++)
      : await making.run(`${changes} ${accepted} ${route.path} ${query.key}`, work);
    if (made === undefined) return textReply(404, "Not Found\n");
    return "allowed" in made ? faultReply(made) : await send(request, made);
  }

  return async (request) => {
    const url = new URL(request.url);
    const coding = chooseEncoding(request.headers.get("accept-encoding"));
    if (url.pathname === "/api/openapi.json") {
      const document = encodeJson(openApiDocument(views.health().version), 2);
      return await send(request, make(document, coding));
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
    if (!(query instanceof Query)) return faultReply(query);
    const fault = route.check?.(query);
    if (fault !== undefined) return faultReply(fault);
    if (route.dependsOn === "all") return await answerNow(request, route, query);
    const version = versions.current();
    const key = `${coding} ${route.path} ${query.key}`;
    const etag = makeEtag(nonce, `${version} ${key}`);
    if (isUnchanged(request, etag)) return unchanged(etag);
    const bytes = await cache.get(version, key, async () => {
      const answer = await route.answer(source, query, slices);
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

function sourceOf(views: JsonApiOptions["views"]): ApiSource {
  return {
    tailnets: () => views.facts.tailnets(),
    host: () => views.facts.host(),
    ownNode: () => views.facts.ownNode(),
    monitor: () => views.facts.monitor(),
    analytics: () => views.analytics,
    leftOutOf: (key) => views.facts.leftOutOf(key),
    health: () => ({ ...healthJson(views.health()) }),
    debug: () => debugJson(views.debug()),
    now: () => views.health().nowMs,
  };
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
