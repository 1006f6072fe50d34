/**
 * `/metrics`: the page, or the part of it, in the format and coding that were asked for, sent in
 * pieces from one state of the page. Nothing is collected here and nothing is copied as a whole.
 *
 * @module
 */

import { CONTENT_TYPE, type Format, negotiate } from "../exposition/mod.ts";
import { createBody } from "./stream_body.ts";
import { untilStopped } from "../time/background.ts";
import { type Delay, delayQuietly } from "../time/delay.ts";
import { GzipCache, type GzipMember } from "./compress.ts";
import { chooseEncoding } from "./encoding.ts";
import type { Logger } from "../log/log.ts";
import { TroubleLog } from "../log/trouble.ts";
import { type Reader, Readers } from "./reader.ts";
import { formatShard, type Shard } from "../shard.ts";
import type { Remote } from "./server/remote.ts";
import { textReply } from "./reply.ts";
import { Slots, type SlotsOptions } from "./slot.ts";
import { readWantedPart } from "./shard_query.ts";
import type { RenderedPage, Views } from "./view.ts";
import { monotonicMs } from "../time/clock.ts";

/** Options for {@linkcode createMetricsAnswer}. */
export interface MetricsOptions {
  /** The page. */
  readonly page: Views["page"];
  /** The shard of this process. Default: all devices. */
  readonly ownShard?: Shard | undefined;
  /**
   * Pages on their way at once. For one more, the reader that has stood still longest is cut off,
   * or the answer is 503. Default: 40.
   */
  readonly maxInFlight?: number;
  /** Milliseconds that a reader may stall before it is disconnected. Default: 30 s. */
  readonly stallMs?: number;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** Called for a reader that is cut off for another. */
  readonly onCut?: SlotsOptions["onCut"];
  /** The wait for that. Default: a timer. */
  readonly delay?: Delay;
  /** Hears of readers that were cut off because they kept old pages in memory. */
  readonly log?: Pick<Logger, "info" | "warning">;
}

/** Interval at which memory held by slow readers is checked, in milliseconds. */
const WATCH_MS = 5_000;

// One old page may be kept: memory is longer than the lines in it, and there are compressed parts.
const ROOM_PER_BYTE = 1.5;

// The one trouble of readers.
const SLOW = "slow";

/** Maximum time of a response, in milliseconds, whatever timeout the scrape's header names. */
const MAX_TOTAL_MS = 600_000;

/** Answers GET and HEAD of `/metrics`; an address may take a part of the slots only. */
export type MetricsAnswer = (
  request: Request,
  remote: Pick<Remote, "hostname" | "stop">,
) => Response;

/**
 * An answer with its own cache of compressed pages and its own count of pages on their way.
 *
 * The length is told where it is known: always for plain bytes, for gzip once the page has been
 * compressed to its end.
 */
export function createMetricsAnswer(options: MetricsOptions): MetricsAnswer {
  const { page, ownShard, maxInFlight = 40, stallMs = 30_000, delay = delayQuietly } = options;
  const compressed = new GzipCache();
  const readers = new Readers();
  const slots = new Slots({
    max: maxInFlight,
    now: options.now ?? monotonicMs,
    onCut: options.onCut,
  });
  const trouble = options.log && new TroubleLog(options.log);
  let watch: AbortController | undefined;

  /** Cuts off who keeps too much that is old. */
  function bound(): void {
    const current = page.view();
    const { cut, keptBytes } = readers.bound(
      [...current.memory(), ...compressed.memory(current.generation)],
      current.byteLength("text") * ROOM_PER_BYTE,
    );
    current.release();
    if (cut > 0) {
      trouble?.report(
        SLOW,
        "Cut off readers of /metrics: they are too slow for the interval, and hold old pages in " +
          "memory",
      );
    } else if (keptBytes === 0) trouble?.over(SLOW, "No reader of /metrics is too slow any more");
  }

  async function keepBound(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(WATCH_MS, signal);
      bound();
    }
  }

  function send(
    source: Source,
    headers: Headers,
    totalMs: number,
    { hostname, stop }: Pick<Remote, "hostname" | "stop">,
  ): Response {
    const cut = new AbortController();
    const slot = slots.take(hostname, (reason) => cut.abort(reason));
    if (slot === undefined) {
      source.close();
      return textReply(503, "Service Unavailable: too many scrapes at once.\n", {
        "retry-after": "1",
      });
    }
    const reader: Reader = { memory: source.memory, cutOff: (reason) => cut.abort(reason) };
    readers.add(reader);
    if (watch === undefined) {
      watch = new AbortController();
      untilStopped(keepBound(watch.signal), watch.signal);
    }
    const body = createBody({
      next: () => {
        slot.moved();
        return source.next();
      },
      onEnd: () => {
        slot.release();
        readers.delete(reader);
        source.close();
        if (readers.size > 0) return;
        watch?.abort();
        watch = undefined;
      },
      stop,
      cut: cut.signal,
      stallMs,
      totalMs,
      delay,
    });
    if (readers.size > 1) bound();
    return new Response(body, { headers });
  }

  return (request, remote) => {
    const part = readWantedPart(new URL(request.url).searchParams, ownShard);
    if ("fault" in part) return textReply(400, `Bad Request: ${part.fault}.\n`);
    const format = negotiate(request.headers.get("accept"));
    const encoding = chooseEncoding(request.headers.get("accept-encoding"));
    const headers = new Headers({
      "content-type": CONTENT_TYPE[format],
      vary: "Accept, Accept-Encoding",
    });
    const { shard } = part;
    const view = page.view(shard);
    const source = encoding === "gzip"
      ? compressedSource(compressed, compressed.member(view, format, shard && formatShard(shard)))
      : plainSource(view, format);
    if (encoding === "gzip") headers.set("content-encoding", "gzip");
    if (source.byteLength !== undefined) headers.set("content-length", String(source.byteLength));
    if (request.method === "HEAD") {
      source.close();
      return new Response(emptyStream(), { headers });
    }
    return send(source, headers, readTimeoutMs(request.headers), remote);
  };
}

/**
 * How long the scrape may take in all, by Prometheus' header.
 *
 * Without a safety margin: closing earlier gains nothing, because the scrape fails either way. A
 * value that cannot be read is ignored: it is no reason to fail a scrape.
 *
 * Units: seconds in the header, milliseconds in the result
 */
function readTimeoutMs(headers: Headers): number {
  const text = headers.get("x-prometheus-scrape-timeout-seconds") ?? "";
  const seconds = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  return seconds > 0 ? Math.min(Math.ceil(seconds * 1000), MAX_TOTAL_MS) : MAX_TOTAL_MS;
}

interface Source {
  readonly byteLength: number | undefined;
  readonly next: () => Uint8Array | undefined;
  readonly close: () => void;
  readonly memory: () => Iterable<ArrayBufferLike>;
}

function plainSource(view: RenderedPage, format: Format): Source {
  // Released at the end, even if the reply is kept.
  let page: RenderedPage | undefined = view;
  let chunks: Iterator<Uint8Array> | undefined;
  return {
    byteLength: view.byteLength(format),
    next: () => {
      chunks ??= page?.chunks(format)[Symbol.iterator]();
      const { done = true, value } = chunks?.next() ?? {};
      return done ? undefined : value;
    },
    close: () => {
      chunks?.return?.();
      page?.release();
      page = chunks = undefined;
    },
    memory: () => page?.memory() ?? [],
  };
}

function compressedSource(cache: GzipCache, member: GzipMember): Source {
  let index = 0;
  return {
    byteLength: member.byteLength,
    next: () => member.part(index++),
    close: () => cache.leave(member),
    memory: () => member.memory(),
  };
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
