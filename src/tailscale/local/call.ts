/**
 * One call to the LocalAPI from deadline to value: bounded in time and size, sent once, never
 * following a redirect, failing with one kind of error.
 *
 * @module
 */

import { readText } from "../../json/body.ts";
import type { Delay } from "../../time/delay.ts";
import { Timeout } from "../../time/timeout.ts";
import { nextTurn } from "../../time/turn.ts";
import { LocalApiError } from "./error.ts";
import {
  explainCoding,
  explainExcess,
  explainNoAnswer,
  explainNonsense,
  explainRefusal,
  explainTimeout,
  explainUnsupported,
  type FailedCall,
} from "./refusal.ts";
import type { LocalRequest, LocalTransport } from "./transport.ts";

/** A request, its bounds, and what its answer is read with. */
export interface LocalCall<T> extends LocalRequest {
  /** Completes "Cannot …" in messages. */
  readonly doing: string;
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** The most bytes of the answer. */
  readonly maxBytes: number;
  /**
   * Reads an answer with status 200, or 204 and no body.
   *
   * What it throws counts as an answer that is no LocalAPI's; a RangeError as one over a limit.
   */
  readonly read: (body: AsyncIterable<Uint8Array>) => Promise<T>;
}

/** What {@linkcode createCaller} may be given. */
export interface CallerOptions {
  /** Waits. Default: the platform's timer. */
  readonly delay?: Delay;
  /** Lets other tasks run. Default: one turn of the event loop. */
  readonly pause?: () => Promise<void>;
}

/**
 * Makes a call.
 *
 * @throws {LocalApiError} For every outcome but an answer that could be read.
 * @throws The signal's reason, where the caller gave up.
 */
export type Caller = <T>(call: LocalCall<T>, signal?: AbortSignal) => Promise<T>;

/** The most bytes of an answer that is not 200. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/**
 * Bytes of a body between two turns of the event loop. Without them a sender that is always ahead
 * would stop everything else: a read of bytes that have arrived already gives no turn.
 */
const TURN_BYTES = 1024 * 1024;

/** Aborts reading a body: thrown through the reader of an answer. */
class Interrupted {
  readonly error: LocalApiError;

  constructor(error: LocalApiError) {
    this.error = error;
  }
}

/** Binds a transport; the function it returns makes all calls. */
export function createCaller(transport: LocalTransport, options: CallerOptions = {}): Caller {
  const { pause = nextTurn } = options;

  return async function call<T>(call: LocalCall<T>, signal?: AbortSignal): Promise<T> {
    const failed: FailedCall = { doing: call.doing, endpoint: call.endpoint, via: transport };
    if (!transport.supports(call.endpoint)) throw explainUnsupported(failed);
    using timeout = new Timeout(call.timeoutMs, { ...options, signal });
    try {
      timeout.signal.throwIfAborted();
      const response = await open(transport, call, failed, timeout.signal);
      try {
        return await call.read(bodyOf(response, failed, call.maxBytes, pause));
      } finally {
        // The reader may have had enough.
        await response.body?.cancel().catch(() => {});
      }
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      if (timeout.isOver) throw explainTimeout(failed, call.timeoutMs);
      if (thrown instanceof Interrupted) throw thrown.error;
      if (thrown instanceof LocalApiError) throw thrown;
      throw explainNonsense(failed, thrown);
    }
  };
}

/**
 * Sends a request and waits for the head of a 200 or 204 whose body is not compressed.
 *
 * Plain bytes were asked for, and no tailscaled compresses: a few KB of gzip could hold gigabytes.
 *
 * @throws {LocalApiError} If there is none.
 */
async function open(
  transport: LocalTransport,
  request: LocalRequest,
  failed: FailedCall,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response;
  let text = "";
  try {
    response = await transport.send(request, signal);
    const coding = response.headers.get("content-encoding") ?? "identity";
    if (coding.toLowerCase() !== "identity") {
      await response.body?.cancel().catch(() => {});
      throw explainCoding(failed, response.status, coding);
    }
    if (response.status === 200 || response.status === 204) return response;
    text = await readText(response, MAX_REFUSAL_BYTES);
  } catch (thrown) {
    throw thrown instanceof LocalApiError ? thrown : explainNoAnswer(failed, thrown);
  }
  throw explainRefusal(failed, response.status, text);
}

/** The bytes of an answer, counted. Stopping early cancels it; errors pass through the reader. */
async function* bodyOf(
  response: Response,
  failed: FailedCall,
  maxBytes: number,
  pause: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let byteCount = 0;
  let turnBytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      byteCount += chunk.byteLength;
      if (byteCount > maxBytes) throw new Interrupted(explainExcess(failed, maxBytes));
      yield chunk;
      turnBytes += chunk.byteLength;
      if (turnBytes < TURN_BYTES) continue;
      turnBytes = 0;
      await pause();
    }
  } catch (thrown) {
    throw thrown instanceof Interrupted ? thrown : new Interrupted(explainNoAnswer(failed, thrown));
  }
}
