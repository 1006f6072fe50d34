/**
 * `/metrics`: the page in the format and coding that were asked for, sent in pieces from one state
 * of the page. Nothing is collected here and nothing is copied as a whole.
 *
 * @module
 */

import { CONTENT_TYPE, negotiate } from "../exposition/negotiate.ts";
import type { Format } from "../exposition/family.ts";
import { createBody, type Delay } from "./body.ts";
import { CHUNK_BYTES, GzipCache } from "./compress.ts";
import { chooseEncoding } from "./encoding.ts";
import { textReply } from "./reply.ts";
import type { RenderedPage, Views } from "./view.ts";

/** What {@linkcode createMetricsAnswer} is told. */
export interface MetricsOptions {
  /** The page. */
  readonly page: Views["page"];
  /** Pages that may be on their way at once; the next one is answered with 503. 40 unless told. */
  readonly maxInFlight?: number;
  /** Milliseconds a reader may stand still before it is cut off; 30,000 unless told. */
  readonly stallMs?: number;
  /** The wait for that; a timer unless told. */
  readonly delay?: Delay;
}

/** Answers GET and HEAD of `/metrics`; the signal ends a page that is on its way. */
export type MetricsAnswer = (request: Request, stop?: AbortSignal) => Response;

/**
 * An answer with its own cache of compressed pages and its own count of pages on their way.
 *
 * The length is told where it is known: always for plain bytes, for gzip once the page has been
 * compressed to its end for somebody.
 */
export function createMetricsAnswer(options: MetricsOptions): MetricsAnswer {
  const { page, maxInFlight = 40, stallMs = 30_000, delay } = options;
  const compressed = new GzipCache();
  let inFlight = 0;

  function send(source: Source, headers: Headers, stop: AbortSignal | undefined): Response {
    inFlight++;
    const body = createBody({
      next: source.next,
      onEnd: () => {
        inFlight--;
        source.close();
      },
      stop,
      stallMs,
      ...(delay && { delay }),
    });
    return new Response(body, { headers });
  }

  return (request, stop) => {
    if (inFlight >= maxInFlight) {
      return textReply(503, "Service Unavailable: too many scrapes at once.\n", {
        "retry-after": "1",
      });
    }
    const format = negotiate(request.headers.get("accept"));
    const encoding = chooseEncoding(request.headers.get("accept-encoding"));
    const headers = new Headers({
      "content-type": CONTENT_TYPE[format],
      vary: "Accept, Accept-Encoding",
    });
    const view = page.view();
    const source = encoding === "gzip"
      ? compressedSource(compressed, view, format)
      : plainSource(view, format);
    if (encoding === "gzip") headers.set("content-encoding", "gzip");
    if (source.byteLength !== undefined) headers.set("content-length", String(source.byteLength));
    if (request.method === "HEAD") return new Response(emptyStream(), { headers });
    return send(source, headers, stop);
  };
}

interface Source {
  readonly byteLength: number | undefined;
  readonly next: () => Uint8Array | undefined;
  readonly close: () => void;
}

function plainSource(view: RenderedPage, format: Format): Source {
  let chunks: Iterator<Uint8Array> | undefined;
  return {
    byteLength: view.byteLength(format),
    next: () => {
      chunks ??= view.chunks(format, CHUNK_BYTES)[Symbol.iterator]();
      const { done, value } = chunks.next();
      return done ? undefined : value;
    },
    close: () => {
      chunks?.return?.();
    },
  };
}

function compressedSource(cache: GzipCache, view: RenderedPage, format: Format): Source {
  const member = cache.member(view, format);
  let index = 0;
  return {
    byteLength: member.byteLength,
    next: () => member.part(index++),
    close: () => {},
  };
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
