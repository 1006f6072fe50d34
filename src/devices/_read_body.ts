/**
 * Reading a body of unknown length into one array, never holding more than the limit.
 *
 * @module
 */

import type { Deadline } from "./_deadline.ts";
import { pageTooLarge } from "./_failure.ts";
import type { ReadBudget } from "./_read_budget.ts";

/** What bounds the reading of a body. */
export interface BodyBounds {
  /** Most bytes, decompressed. */
  readonly maxBytes: number;
  /** Looked at after each piece, since no timer may get its turn while pieces keep coming. */
  readonly deadline: Pick<Deadline, "throwIfPassed">;
  /** Shares the event loop among all bodies. */
  readonly budget: ReadBudget;
}

/** Enough for any page of a real device: tailscaled's are about 4 KB. */
const FIRST_BYTES = 16_384;

/**
 * The whole body.
 *
 * A byte stream is read straight into the array that is returned, at a third less CPU time than
 * reading chunks (83 µs against 134 µs for a request and a page of 4 KB); other streams are copied.
 *
 * Units: bytes after decompression
 *
 * @returns An array that the caller owns.
 * @throws {RangeError} If the body is longer than the bound.
 * @throws {Error} If the deadline has passed.
 */
export async function readBody(response: Response, bounds: BodyBounds): Promise<Uint8Array> {
  const body = response.body;
  if (body === null) return new Uint8Array(0);
  const byteReader = openByteReader(body);
  const page = byteReader === undefined
    ? await readChunks(body.getReader(), bounds)
    : await readBytes(byteReader, bounds);
  // The caller parses it at once, which takes longer than reading it did.
  const turn = bounds.budget.spend(page.length);
  if (turn !== undefined) await turn;
  return page;
}

function openByteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

async function readBytes(
  reader: ReadableStreamBYOBReader,
  bounds: BodyBounds,
): Promise<Uint8Array> {
  const { budget, deadline, maxBytes } = bounds;
  // One byte more than allowed, so that a body of exactly the limit can be told from a longer one.
  let buffer = new ArrayBuffer(Math.min(FIRST_BYTES, maxBytes + 1));
  let length = 0;
  try {
    for (;;) {
      if (length === buffer.byteLength) {
        buffer = grow(buffer, Math.min(buffer.byteLength * 2, maxBytes + 1));
      }
      const { done, value } = await reader.read(new Uint8Array(buffer, length));
      if (done) return new Uint8Array(value?.buffer ?? buffer, 0, length);
      buffer = value.buffer;
      length += value.byteLength;
      if (length > maxBytes) throw pageTooLarge(maxBytes);
      const turn = budget.spend(value.byteLength);
      if (turn !== undefined) await turn;
      deadline.throwIfPassed();
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
}

async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bounds: BodyBounds,
): Promise<Uint8Array> {
  const { budget, deadline, maxBytes } = bounds;
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.byteLength;
      if (length > maxBytes) throw pageTooLarge(maxBytes);
      chunks.push(value);
      const turn = budget.spend(value.byteLength);
      if (turn !== undefined) await turn;
      deadline.throwIfPassed();
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  } finally {
    reader.releaseLock();
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function grow(buffer: ArrayBuffer, byteLength: number): ArrayBuffer {
  const larger = new Uint8Array(byteLength);
  larger.set(new Uint8Array(buffer));
  return larger.buffer;
}
