/**
 * How segments are written: a SHA-256, then in gzip a line of JSON with version and kind and
 * further bytes. The digest tells a damaged segment: Deno's gzip (2.9.6) does not check its own
 * checksum.
 *
 * @module
 */

import { isJsonObject } from "../json/json.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** The version that is written; others are not read. */
const VERSION = 1;

/** Bytes of the digest in front. */
const DIGEST_BYTES = 32;

/** Bytes that are packed in one go. */
const STEP = 65_536;

/** What a segment holds. */
export interface Contents {
  /** What kind of segment it is. */
  readonly kind: string;
  /** Small facts, as JSON. */
  readonly head: Readonly<Record<string, unknown>>;
  /** Further bytes. Default: none. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** Packs a segment, in slices of time. */
export async function pack(
  { body = new Uint8Array(), head, kind }: Contents,
  slices: TimeSliceOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const line = JSON.stringify({ ...head, version: VERSION, kind });
  const stream = new CompressionStream("gzip");
  const packed = new Response(stream.readable).bytes();
  const slice = new TimeSlice(slices);
  const writer = stream.writable.getWriter();
  for (const bytes of [new TextEncoder().encode(`${line}\n`), body]) {
    for (let at = 0; at < bytes.length; at += STEP) {
      await writer.write(bytes.subarray(at, at + STEP));
      if (slice.isOver) await slice.next();
    }
  }
  await writer.close();
  const bytes = await packed;
  const whole = new Uint8Array(DIGEST_BYTES + bytes.length);
  whole.set(await digest(bytes));
  whole.set(bytes, DIGEST_BYTES);
  return whole;
}

/**
 * Unpacks a segment.
 *
 * @returns undefined if it is damaged, or of another version or kind.
 */
export async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  kind: string,
): Promise<{ head: Record<string, unknown>; body: Uint8Array<ArrayBuffer> } | undefined> {
  const packed = bytes.slice(DIGEST_BYTES);
  const wanted = await digest(packed);
  if (bytes.length < DIGEST_BYTES || wanted.some((byte, at) => byte !== bytes[at])) {
    return undefined;
  }
  const whole = await gunzip(packed);
  const end = whole?.indexOf(0x0a) ?? -1;
  if (whole === undefined || end < 0) return undefined;
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(whole.subarray(0, end)));
  } catch {
    return undefined;
  }
  if (!isJsonObject(head) || head.version !== VERSION || head.kind !== kind) return undefined;
  return { head, body: whole.subarray(end + 1) };
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Only what has the right digest comes here, so its size is that of what was written. */
async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return await new Response(stream).bytes();
  } catch {
    return undefined;
  }
}
