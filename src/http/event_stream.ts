/**
 * Serves the stream of events: bounded in number, overall and by address, apart from all other
 * answers. A reader that stands still is cut off; all streams end when the server stops, and one of
 * a browser when its session does. What is sent is `src/api/event_feed.ts`'s matter; it is made in
 * slices of time, for one reader after the other.
 *
 * @module
 */

import {
  EventFeed,
  eventQuery,
  type Monitored,
  Query,
  readQuery,
  STREAM_ROUTE,
} from "../api/mod.ts";
import { untilStopped } from "../time/background.ts";
import { monotonicMs } from "../time/clock.ts";
import { type Delay, delayQuietly } from "../time/delay.ts";
import { type SlicedWork, SliceQueue, type TimeSliceOptions } from "../time/slice.ts";
import { faultReply } from "./_fault_reply.ts";
import { LiveBody } from "./_live_body.ts";
import type { Remote } from "./server/remote.ts";
import { StreamReply, textReply } from "./reply.ts";
import type { Sessions, WatchedSession } from "./auth/session.ts";
import { Slots } from "./slot.ts";
import type { Views } from "./view.ts";

/** Options for {@linkcode createEventStream}. */
export interface EventStreamOptions {
  /** What there is to show. */
  readonly views: Pick<Views, "facts">;
  /** The sessions of browsers; undefined where there is no token. */
  readonly sessions?: Pick<Sessions, "watch"> | undefined;
  /** Streams at once. Default: 64. */
  readonly max?: number;
  /** Streams of one address. Default: 16. */
  readonly maxEach?: number;
  /** Tells the event ids of this process from those of every other. Default: a random UUID. */
  readonly epoch?: string;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** The wait between looks. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** From 0 to 1, below 1. Default: `Math.random`. */
  readonly random?: () => number;
  /** How the making of what is sent is cut into slices. */
  readonly slices?: TimeSliceOptions | undefined;
}

/** Answers a request for the stream. */
export type EventStreamAnswer = (request: Request, remote: Remote) => Response;

/** An open stream. */
interface Stream {
  readonly body: LiveBody;
  readonly session: WatchedSession | undefined;
}

/** A stream that lives is not evicted, so four addresses are needed to take all of them. */
const MAX = 64, MAX_EACH = 16;

/** How often is looked for something to send, while there are streams, in milliseconds. */
const LOOK_MS = 1_000;

/** Silence after which a comment is sent, so that proxies and clients know the stream lives. */
const HEARTBEAT_MS = 15_000;

/** Time that a reader may take for one piece, in milliseconds. */
const STALL_MS = 30_000;

/** When clients come back, in milliseconds: not all at once after a restart. */
const RETRY_MS = { min: 2_000, spread: 3_000 } as const;

const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  // Else nginx would keep events back until it has a buffer full of them.
  "x-accel-buffering": "no",
};

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(":\n\n");

/** Answers GET of the stream; 404 where nothing is remembered. */
export function createEventStream(options: EventStreamOptions): EventStreamAnswer {
  const { views, sessions, max = MAX, maxEach = MAX_EACH } = options;
  const { now = monotonicMs, delay = delayQuietly, random = Math.random } = options;
  const { epoch = crypto.randomUUID(), slices } = options;
  const slots = new Slots({ max, maxEach, now });
  const streams = new Set<Stream>();
  // All readers may have to be told much at once, as after an outage.
  const queue = new SliceQueue(slices);
  let looking: AbortController | undefined;

  /** Sends what is new, a heartbeat where nothing is, and ends what must end. */
  function look({ body, session }: Stream): void {
    if (session !== undefined && session.expiresMs <= now()) body.close();
    else if (!body.isWaiting && body.stillMs >= STALL_MS) {
      body.abort(new Error(`Cannot send events: the reader took nothing for ${STALL_MS / 1000} s`));
    } else {
      body.look();
      if (body.stillMs >= HEARTBEAT_MS) body.send(HEARTBEAT);
    }
  }

  async function keepLooking(signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(LOOK_MS, signal);
      await Promise.all([...streams].map((stream) => queue.run(stepOf(() => look(stream)))));
    }
  }

  function open(
    request: Request,
    { closing, hostname, stop }: Remote,
    monitor: Monitored,
    feed: EventFeed,
  ): Response {
    const slot = slots.take(hostname, (reason) => body.abort(reason));
    if (slot === undefined) {
      monitor.streams.refused++;
      const headers = { "retry-after": "30" };
      return textReply(503, "Service Unavailable: too many event streams.\n", headers);
    }
    const body = new LiveBody({
      next() {
        slot.moved();
        const text = feed.next();
        return text === undefined ? undefined : encoder.encode(text);
      },
      onWait: () => void queue.run(stepOf(() => body.look())),
      onEnd() {
        slot.release();
        streams.delete(stream);
        session?.unwatch();
        closing?.removeEventListener("abort", close);
        stop?.removeEventListener("abort", breakOff);
        monitor.streams.open--;
        if (streams.size > 0) return;
        looking?.abort();
        looking = undefined;
      },
      now,
    });
    const close = () => body.close();
    const breakOff = () => body.abort(new Error("Cannot go on with a stream: the server stops"));
    const session = sessions?.watch(request, close);
    const stream = { body, session };
    streams.add(stream);
    monitor.streams.open++;
    closing?.addEventListener("abort", close, { once: true });
    stop?.addEventListener("abort", breakOff, { once: true });
    if (looking === undefined) {
      looking = new AbortController();
      untilStopped(keepLooking(looking.signal), looking.signal);
    }
    return new StreamReply(body.stream, { headers: HEADERS });
  }

  return (request, remote) => {
    const monitor = views.facts.monitor();
    if (monitor === undefined) return textReply(404, "Not Found\n");
    const query = readQuery(STREAM_ROUTE.parameters, new URL(request.url).searchParams);
    if (!(query instanceof Query)) return faultReply(query);
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    if (remote.isOld === true) {
      return textReply(505, "HTTP Version Not Supported: an event stream takes HTTP/1.1.\n");
    }
    if (remote.closing?.aborted) return textReply(503, "Service Unavailable: shutting down.\n");
    const feed = new EventFeed({
      monitor,
      epoch,
      lastEventId: request.headers.get("last-event-id"),
      query: eventQuery(views.facts, query),
      retryMs: RETRY_MS.min + Math.floor(random() * RETRY_MS.spread),
      now,
    });
    return open(request, remote, monitor, feed);
  };
}

/** Work of one step; a stream that has ended meanwhile ignores it. */
function stepOf(call: () => void): SlicedWork<void> {
  return {
    check() {},
    begin() {},
    step() {
      call();
      return true;
    },
    finish() {},
  };
}
