/**
 * Answers that are too large to be kept for each reader on its own: sent in pieces of the bytes
 * that all readers share, to a bounded number of them, none of which may stand still, and with a
 * bound for what all of them keep together, however many addresses they have.
 *
 * @module
 */

import { createBody } from "./stream_body.ts";
import type { Delay } from "../time/delay.ts";
import { type Reader, Readers } from "./reader.ts";
import type { Reply } from "./reply.ts";
import { Slots, type SlotsOptions } from "./slot.ts";
import { monotonicMs } from "../time/clock.ts";

/** Options for {@linkcode LargeAnswers}. */
export interface LargeAnswersOptions {
  /** Replies of more bytes are large. Default: 256 KiB. */
  readonly smallBytes?: number;
  /** The wait for readers that stand still. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** Called for an answer that is cut off for another. */
  readonly onCut?: SlotsOptions["onCut"];
}

/** Who asks. */
export interface LargeReader {
  /** The address at the other end. */
  readonly hostname: string;
  /** Aborted when the answer must end now. */
  readonly stop?: AbortSignal | undefined;
}

const SMALL_BYTES = 256 * 1024;
const PIECE_BYTES = 128 * 1024;
/** Maximum number of large answers being sent. */
const MAX_IN_FLIGHT = 32;
/** Stall timeout, and timeout of a whole answer, in milliseconds. */
const STALL_MS = 30_000;
// Our own client gives up at 10 s.
const TOTAL_MS = 120_000;

/** The large answers that are being sent. */
export class LargeAnswers {
  readonly #smallBytes: number;
  readonly #delay: Delay | undefined;
  readonly #slots: Slots;
  readonly #readers = new Readers();

  /** Starts without readers. */
  constructor(options: LargeAnswersOptions = {}) {
    const { smallBytes = SMALL_BYTES, delay, now = monotonicMs, onCut } = options;
    this.#smallBytes = smallBytes;
    this.#delay = delay;
    this.#slots = new Slots({ max: MAX_IN_FLIGHT, now, onCut });
  }

  /**
   * Begins to send a reply, if it is large, in pieces of its content.
   *
   * Readers of other content are cut off, the first first, while these keep more than 16 MiB, or
   * more than this one's bytes.
   *
   * @returns The reply itself if it is small; undefined if there is no room for a large one.
   */
  send(reply: Reply, { hostname, stop }: LargeReader): Response | undefined {
    const { content, headers, status } = reply;
    if (content.length <= this.#smallBytes) return reply;
    const cut = new AbortController();
    const slot = this.#slots.take(hostname, (reason) => cut.abort(reason));
    if (slot === undefined) return undefined;
    const readers = this.#readers;
    // Released at the end, even if something else still holds the reply.
    let rest: Uint8Array | undefined = content;
    const reader: Reader = {
      memory: () => rest === undefined ? [] : [rest.buffer],
      cutOff: (reason) => cut.abort(reason),
    };
    readers.add(reader);
    const body = createBody({
      next() {
        slot.moved();
        if (rest === undefined || rest.length === 0) return undefined;
        const piece = rest.subarray(0, PIECE_BYTES);
        rest = rest.subarray(PIECE_BYTES);
        return piece;
      },
      onEnd() {
        readers.delete(reader);
        slot.release();
        rest = undefined;
      },
      stop,
      cut: cut.signal,
      stallMs: STALL_MS,
      totalMs: TOTAL_MS,
      ...this.#delay && { delay: this.#delay },
    });
    readers.bound([content.buffer]);
    return new Response(body, { status, headers });
  }
}
