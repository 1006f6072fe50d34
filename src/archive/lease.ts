/**
 * Places in a store for several processes: each process writes below a place of its own, and reads
 * what all have written. So two processes on one store destroy nothing of each other.
 *
 * @module
 */

import { isMs } from "../json/field.ts";
import { isText } from "./_event_segment.ts";
import { pack, unpack } from "./pack.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

/** Number of places. */
export const PLACES = 8;

/** Age at which a lease has expired, in milliseconds; it is renewed every five minutes. */
export const LEASE_MS = 12 * 60_000;

/** Which process writes below a place. */
export interface Lease {
  /** Unique among processes; "" if the process ended in order. */
  readonly owner: string;
  /** When it was renewed, in milliseconds since 1970. */
  readonly renewedMs: number;
}

/** The name of a place's lease. */
function leaseName(place: number): string {
  return `lease-${place}`;
}

/** The lease of a place; undefined if there is none that can be read. */
export async function readLease(
  store: SegmentStore,
  versions: SegmentVersions,
  place: number,
): Promise<Lease | undefined> {
  const [newest] = versions.get(leaseName(place)) ?? [];
  const bytes = newest && await store.read(newest);
  const { owner, renewedMs } = (bytes && await unpack(bytes, "lease"))?.head ?? {};
  return isText(owner) && isMs(renewedMs) ? { owner, renewedMs } : undefined;
}

/** Writes the lease of a place. */
export async function writeLease(store: SegmentStore, place: number, lease: Lease): Promise<void> {
  const head = { owner: lease.owner, renewedMs: lease.renewedMs };
  await store.write(leaseName(place), await pack({ kind: "lease", head }));
}

/**
 * The place for a process: the first that is free, else the one whose lease is the oldest.
 *
 * @param leases By place; undefined for a place that was never taken.
 */
export function choosePlace(leases: readonly (Lease | undefined)[], nowMs: number): number {
  const isFree = (lease: Lease | undefined) =>
    lease === undefined || lease.owner === "" || Math.abs(nowMs - lease.renewedMs) >= LEASE_MS;
  const free = leases.findIndex(isFree);
  if (free >= 0) return free;
  const ages = leases.map((lease) => lease?.renewedMs ?? 0);
  return ages.indexOf(Math.min(...ages));
}
