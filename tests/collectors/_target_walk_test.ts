import { assertEquals, assertRejects } from "@std/assert";
import { TargetWalk } from "../../src/collectors/_target_walk.ts";
import { deviceIdOf } from "../../src/facts/device_key.ts";
import type { KnownDevice } from "../../src/facts/tailnet_facts.ts";
import { TargetChooser } from "../../src/devices/target.ts";
import { makeKnown } from "../devices/_device.ts";
import { exporterDevice } from "./_fleet.ts";

const keyOf = (id: string) => makeKnown(exporterDevice(id)).key;

/** A walk whose slices have eight steps, over a list that a test replaces. */
function setUp() {
  const scraped = new Map<string, string>();
  const skipped = new Map<string, string>();
  const events: string[] = [];
  const state = {
    list: [] as readonly KnownDevice[],
    pauses: 0,
    pause: () => {},
    broken: false,
  };
  let nowMs = 0;
  const walk = new TargetWalk({
    chooser: new TargetChooser({
      scrapeTag: "exporter",
      portOf: () => 5252,
      isAllowed: () => true,
    }),
    list: () => state.list,
    known: () => [...scraped.keys(), ...skipped.keys()].map(keyOf),
    take: ({ device, url }) => {
      if (state.broken) throw new TypeError("broken");
      scraped.set(device.id, url);
      skipped.delete(device.id);
    },
    skip: ({ device, scrape }) => {
      if (scraped.delete(device.id)) events.push(`${device.id} ${scrape.state}`);
      skipped.set(device.id, scrape.state);
    },
    drop: (key) => {
      const id = deviceIdOf(key);
      scraped.delete(id);
      skipped.delete(id);
      events.push(`${id} gone`);
    },
    slices: {
      elapsed: () => nowMs++,
      pause: () => {
        state.pauses++;
        state.pause();
        return Promise.resolve();
      },
    },
  });
  return { events, scraped, skipped, state, walk };
}

/** Devices by their numbers, the ones of a second list without the tag. */
function listOf(from: number, to: number, tagless: readonly number[] = []): KnownDevice[] {
  return Array.from(
    { length: to - from },
    (_, at) =>
      makeKnown(exporterDevice(`${from + at}`, tagless.includes(from + at) ? { tags: [] } : {})),
  );
}

Deno.test("TargetWalk.follow() takes targets, drops the others with their reason, and skips the rest", async () => {
  const { events, scraped, skipped, state, walk } = setUp();
  state.list = listOf(1, 5);
  await walk.follow();
  assertEquals([...scraped.keys()], ["1", "2", "3", "4"]);
  state.list = listOf(2, 6, [3, 5]);
  await walk.follow();
  assertEquals([...scraped.keys()], ["2", "4"]);
  assertEquals(events, ["3 untagged", "1 gone"]);
  assertEquals([...skipped.keys()], ["3", "5"]);
});

Deno.test("TargetWalk.follow() pauses after each slice, and costs nothing for a list that is done", async () => {
  const { state, walk } = setUp();
  state.list = listOf(1, 41);
  await Promise.all([walk.follow(), walk.follow()]);
  // A look at the clock for each device, and for each that is scraped afterwards.
  assertEquals(state.pauses, 10);
  await walk.follow();
  assertEquals(state.pauses, 10);
});

Deno.test("TargetWalk.follow() gives up a list that is replaced, and ends with the newest", async () => {
  const { events, scraped, state, walk } = setUp();
  state.list = listOf(1, 41);
  const late: Promise<void>[] = [];
  state.pause = () => {
    if (state.pauses !== 2) return;
    state.list = listOf(10, 14);
    late.push(walk.follow());
  };
  await walk.follow();
  assertEquals([...scraped.keys()], ["10", "11", "12", "13"]);
  // Two slices of the old list had been taken.
  assertEquals(events.length, 11);
  assertEquals(state.pauses, 4);
  await late[0];
});

Deno.test("TargetWalk.follow() begins anew after a walk that broke off, even for the list before", async () => {
  const { scraped, state, walk } = setUp();
  const before = listOf(1, 3);
  state.list = before;
  await walk.follow();
  state.list = listOf(2, 4);
  state.broken = true;
  await assertRejects(() => walk.follow(), TypeError, "broken");
  state.broken = false;
  state.list = before;
  scraped.clear();
  await walk.follow();
  assertEquals([...scraped.keys()], ["1", "2"]);
});
