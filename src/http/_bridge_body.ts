/**
 * Answers of the bridge that are too large to be copied for each reader: sent in pieces of the one
 * answer that all share, to a bounded number of readers, none of which may stand still.
 *
 * @module
 */

import { createBody, type Delay } from "./body.ts";
import { type Reader, Readers } from "./reader.ts";

/** From here on an answer is large; below, a copy for each reader is cheaper than a stream. */
const LARGE_BYTES = 256 * 1024;
const PIECE_BYTES = 128 * 1024;
/** Large answers on their way; each keeps a piece in the server's own buffers. */
const MAX_IN_FLIGHT = 32;
/** How often a reader must have taken something, and how long it may take in all. */
const STALL_MS = 30_000;
// Our own client gives up at 10 s.
const TOTAL_MS = 120_000;

/** Whether an answer is sent by {@linkcode LargeAnswers}. */
export function isLarge(bytes: Uint8Array): boolean {
  return bytes.length > LARGE_BYTES;
}

/** The large answers on their way. */
export class LargeAnswers {
  readonly #delay: Delay | undefined;
  // By what was asked: an answer of one kind does not make one of another old.
  readonly #readers = new Map<string, Readers>();

  /** Nobody reads yet; `delay` is the wait for readers that stand still, a timer unless told. */
  constructor(delay?: Delay) {
    this.#delay = delay;
  }

  /** Whether no more may begin. */
  get isFull(): boolean {
    let inFlight = 0;
    for (const { size } of this.#readers.values()) inFlight += size;
    return inFlight >= MAX_IN_FLIGHT;
  }

  /**
   * Begins to send an answer, which must not change any more.
   *
   * Readers of older ones of the same kind are cut off, the first first, while these keep more
   * than one answer (or 16 MiB) beside this one.
   *
   * @param kind One of few.
   * @param stop Aborted when the answer must end now.
   */
  send(kind: string, bytes: Uint8Array, stop?: AbortSignal): ReadableStream<Uint8Array> {
    const readers = this.#readersOf(kind);
    const cut = new AbortController();
    // Let go at the end, whoever keeps the reply.
    let rest: Uint8Array | undefined = bytes;
    const reader: Reader = {
      memory: () => rest === undefined ? [] : [rest.buffer],
      cutOff: () => cut.abort(),
    };
    readers.add(reader);
    const body = createBody({
      next() {
        if (rest === undefined || rest.length === 0) return undefined;
        const piece = rest.subarray(0, PIECE_BYTES);
        rest = rest.subarray(PIECE_BYTES);
        return piece;
      },
      onEnd() {
        readers.delete(reader);
        rest = undefined;
      },
      stop,
      cut: cut.signal,
      stallMs: STALL_MS,
      totalMs: TOTAL_MS,
      ...this.#delay && { delay: this.#delay },
    });
    readers.bound([bytes.buffer]);
    return body;
  }

  #readersOf(kind: string): Readers {
    const known = this.#readers.get(kind);
    if (known !== undefined) return known;
    const readers = new Readers();
    this.#readers.set(kind, readers);
    return readers;
  }
}
