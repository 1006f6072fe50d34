/**
 * Points that were not written before the process ended, kept in origin storage for the next start.
 *
 * @module
 */

import { pack, unpack } from "../archive/pack.ts";
import type { SegmentStore, SegmentVersion } from "../archive/segment_store.ts";
import { isJsonObject } from "../json/json.ts";
import type { Batch } from "./buffer.ts";

/** What {@linkcode KeptPoints.take} gives. */
export interface TakenPoints {
  /** The batches, in the order in which they were kept. */
  readonly batches: readonly Batch[];
  /** Segments that are damaged. */
  readonly damaged: number;
  /** Deletes what was read. Call it once the points are held elsewhere. */
  readonly forget: () => Promise<void>;
}

/** Where segments are kept. */
export type PointSegments = Pick<SegmentStore, "delete" | "list" | "read" | "write">;

/** Keeps points between two processes. */
export class KeptPoints {
  readonly #store: PointSegments;
  readonly #owner: string;

  /**
   * Over a store that holds nothing else.
   *
   * @param owner Unique for each process.
   */
  constructor(store: PointSegments, owner: string) {
    this.#store = store;
    this.#owner = owner;
  }

  /** Keeps batches; rejects where there is no place for them. */
  async save(batches: readonly Batch[]): Promise<void> {
    await this.#store.write(`points-${this.#owner}`, await encodeBatches(batches));
  }

  /**
   * Reads what earlier processes kept, and deletes nothing yet: a failed read loses no points. If
   * the process is killed before they are deleted, the next one reads them again; points keep their
   * time, so that the database has each once.
   */
  async take(): Promise<TakenPoints> {
    const batches: Batch[] = [];
    const read: SegmentVersion[] = [];
    let damaged = 0;
    for (const versions of (await this.#store.list()).values()) {
      let found: readonly Batch[] | undefined;
      for (const version of versions) {
        const bytes = found === undefined ? await this.#store.read(version) : new Uint8Array();
        // Another process is about to write it, or has deleted it.
        if (bytes === undefined) continue;
        read.push(version);
        // The newest version that is whole counts.
        if (found !== undefined) continue;
        found = await decodeBatches(bytes);
        if (found === undefined) damaged++;
      }
      batches.push(...found ?? []);
    }
    const forget = async () => {
      for (const version of read) await this.#store.delete(version);
    };
    return { batches, damaged, forget };
  }
}

/** Batches as a segment. */
export function encodeBatches(batches: readonly Batch[]): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(batches.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  const index = batches.map(({ bytes, firstMs, lastMs, measurement, points }) => {
    body.set(bytes, at);
    at += bytes.length;
    return { firstMs, lastMs, measurement, points, length: bytes.length };
  });
  return pack({ kind: "points", head: { batches: index }, body });
}

/** The batches in a segment; undefined if it is none. */
export async function decodeBatches(
  segment: Uint8Array<ArrayBuffer>,
): Promise<readonly Batch[] | undefined> {
  const { body, head } = await unpack(segment, "points") ?? {};
  if (body === undefined || !Array.isArray(head?.batches)) return undefined;
  const batches: Batch[] = [];
  let at = 0;
  for (const entry of head.batches) {
    const { firstMs, lastMs, length, measurement, points } = isJsonObject(entry) ? entry : {};
    if (!isCount(length) || !isCount(points) || typeof measurement !== "string") return undefined;
    const bytes = body.slice(at, at += length);
    if (bytes.length !== length || !isTime(firstMs) || !isTime(lastMs)) return undefined;
    batches.push({ measurement, bytes, points, firstMs, lastMs });
  }
  return batches;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
