/**
 * Reading chunks of bytes without holding the event loop, however large a chunk is.
 *
 * @module
 */

import type { TimeSlice } from "../time/slice.ts";

/** Bytes as they arrive. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The most bytes handed over at once: 40 devices or 60 peers, half a millisecond of decoding. */
const STEP_BYTES = 64 * 1024;

/**
 * Hands all bytes over in order, with pauses for the event loop.
 *
 * @param push Takes the next bytes; they are not to be kept.
 * @throws What the chunks or `push` throw; the chunks' iterator is closed then.
 */
export async function readInSlices(
  chunks: Chunks,
  push: (bytes: Uint8Array) => void,
  slice: TimeSlice,
): Promise<void> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += STEP_BYTES) {
      push(chunk.subarray(at, at + STEP_BYTES));
      if (slice.isOver) await slice.next();
    }
  }
}
