/**
 * Making the bytes of a long answer in slices, so that other requests are answered in between.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** Texts are encoded together up to this length: encoding each alone costs more than its bytes. */
const PART_LENGTH = 64 * 1024;

/**
 * The texts one after the other as UTF-8.
 *
 * @param texts Made while they are gone through; there may be a pause after each.
 */
export async function encodeInSlices(
  texts: Iterable<string>,
  slices?: TimeSliceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const slice = new TimeSlice(slices);
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let text = "";
  for (const next of texts) {
    text += next;
    if (text.length >= PART_LENGTH) {
      parts.push(encoder.encode(text));
      text = "";
    }
    if (slice.isOver) await slice.next();
  }
  parts.push(encoder.encode(text));
  return await joinInSlices(parts, slice);
}

async function joinInSlices(
  parts: readonly Uint8Array[],
  slice: TimeSlice,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
    if (slice.isOver) await slice.next();
  }
  return bytes;
}
