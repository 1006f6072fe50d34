/**
 * Time online of one day as a segment: the nodes, then for each hour the seconds observed and
 * online of each node, as 16-bit numbers.
 *
 * @module
 */

import { BUCKET_S, type UptimeDay } from "../history/mod.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { isFields, pack, unpack } from "./pack.ts";

/** Most buckets of a day, and most nodes. */
const MAX_BUCKETS = 24, MAX_NODES = 1_000_000;

/** A day of a tailnet as bytes. */
export function encodeUptime(
  { columns, keys, tailnet }: UptimeDay,
  slices?: TimeSliceOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new DataView(new ArrayBuffer(columns.length * keys.length * 4));
  let at = 0;
  for (const { observed, online } of columns) {
    for (const numbers of [observed, online]) {
      for (const seconds of numbers) {
        body.setUint16(at, seconds, true);
        at += 2;
      }
    }
  }
  const starts = columns.map(({ startS }) => startS);
  const prefix = `${tailnet}/`;
  const ids = keys.map((key) => key.slice(prefix.length));
  return pack(
    { kind: "uptime", head: { tailnet, starts, ids }, body: new Uint8Array(body.buffer) },
    slices,
  );
}

/** The day in a segment; undefined if it is none. */
export async function decodeUptime(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<UptimeDay | undefined> {
  const contents = await unpack(bytes, "uptime");
  if (contents === undefined || !isFields(contents.head)) return undefined;
  const { body, head: { ids, starts, tailnet } } = contents;
  if (typeof tailnet !== "string" || !isIds(ids) || !isStarts(starts)) return undefined;
  if (body.length !== ids.length * starts.length * 4) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  function read(): Uint16Array<ArrayBuffer> {
    return Uint16Array.from({ length: isIds(ids) ? ids.length : 0 }, () => {
      at += 2;
      return Math.min(view.getUint16(at - 2, true), BUCKET_S);
    });
  }
  const columns = starts.map((startS) => ({ startS, observed: read(), online: read() }));
  const keys = ids.map((id) => `${tailnet}/${id}`);
  return { tailnet, keys, columns };
}

function isIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_NODES &&
    value.every((id) => typeof id === "string");
}

function isStarts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_BUCKETS &&
    value.every((start) => Number.isSafeInteger(start) && start >= 0 && start % BUCKET_S === 0);
}
