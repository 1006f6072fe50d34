import { assertEquals } from "@std/assert";
import { choosePlace, LEASE_MS, readLease, writeLease } from "../../src/archive/lease.ts";
import { SegmentStore } from "../../src/archive/segment_store.ts";
import { FakeCaches } from "../_support/fake_caches.ts";

const NOW_MS = 1_769_904_000_000;

Deno.test("choosePlace() takes the first that is free, else the one with the oldest lease", () => {
  const held = (ageMs: number) => ({ owner: "a", renewedMs: NOW_MS - ageMs });
  const cases = [
    [[undefined, undefined], 0],
    [[held(0), undefined], 1],
    [[held(0), held(LEASE_MS)], 1],
    // A clock that was ahead.
    [[held(0), held(-LEASE_MS)], 1],
    [[held(0), { owner: "", renewedMs: NOW_MS }], 1],
    [[held(1), held(3), held(2)], 1],
  ] as const;
  for (const [leases, place] of cases) assertEquals(choosePlace(leases, NOW_MS), place);
});

Deno.test("readLease() gives what writeLease() wrote, and undefined for what is damaged", async () => {
  const caches = new FakeCaches();
  const store = new SegmentStore(() => caches, "a");
  await writeLease(store, 3, { owner: "me", renewedMs: NOW_MS });
  assertEquals(await readLease(store, await store.list(), 3), { owner: "me", renewedMs: NOW_MS });
  assertEquals(await readLease(store, await store.list(), 4), undefined);
  await store.write("lease-3", new Uint8Array([1, 2, 3]));
  assertEquals(await readLease(store, await store.list(), 3), undefined);
});
