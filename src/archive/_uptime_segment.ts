/**
 * Time online of one day as a segment: the nodes, then for each hour the seconds observed and
 * online of each node, as 16-bit numbers.
 *
 * @module
 */

import { BUCKET_S, type UptimeColumn, type UptimeDay } from "../history/mod.ts";
import { isJsonObject } from "../json/json.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { pack, unpack } from "./pack.ts";

/** Most buckets of a day, and most nodes. */
const MAX_BUCKETS = 24, MAX_NODES = 1_000_000;

/** A day of a tailnet as bytes. */
export async function encodeUptime(
  { columns, keys, tailnet }: UptimeDay,
  slices: TimeSliceOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const slice = new TimeSlice(slices);
  const body = new DataView(new ArrayBuffer(columns.length * keys.length * 4));
  let at = 0;
  for (const { observed, online } of columns) {
    if (slice.isOver) await slice.next();
    for (const numbers of [observed, online]) {
      for (let place = 0; place < numbers.length; place++, at += 2) {
        body.setUint16(at, numbers[place] ?? 0, true);
      }
    }
  }
  const starts = columns.map(({ startS }) => startS);
  const prefix = `${tailnet}/`;
  const ids = keys.map((key) => key.slice(prefix.length));
  return await pack(
    { kind: "uptime", head: { tailnet, starts, ids }, body: new Uint8Array(body.buffer) },
    slices,
  );
}

/** The day in a segment; undefined if it is none. */
export async function decodeUptime(
  bytes: Uint8Array<ArrayBuffer>,
  slices: TimeSliceOptions = {},
): Promise<UptimeDay | undefined> {
  const contents = await unpack(bytes, "uptime");
  if (contents === undefined || !isJsonObject(contents.head)) return undefined;
  const { body, head: { ids, starts, tailnet } } = contents;
  if (typeof tailnet !== "string" || !isIds(ids) || !isStarts(starts)) return undefined;
  if (body.length !== ids.length * starts.length * 4) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  const slice = new TimeSlice(slices);
  const columns: UptimeColumn[] = [];
  for (const startS of starts) {
    if (slice.isOver) await slice.next();
    const [observed, online] = [new Uint16Array(ids.length), new Uint16Array(ids.length)];
    for (const numbers of [observed, online]) {
      for (let place = 0; place < numbers.length; place++, at += 2) {
        numbers[place] = Math.min(view.getUint16(at, true), BUCKET_S);
      }
    }
    columns.push({ startS, observed, online });
  }
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
