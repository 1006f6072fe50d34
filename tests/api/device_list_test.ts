import { assert, assertEquals } from "@std/assert";
import {
  DEVICE_LIST,
  DEVICE_LIST_PARAMETERS,
  DEVICE_ORDER,
  listDevices,
} from "../../src/api/device_list.ts";
import type { ApiSource } from "../../src/api/fact_source.ts";
import { type DeviceFacts, PENDING } from "../../src/facts/mod.ts";
import { makeFacts, makeQuery, makeSource, makeTailnet, NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

interface Page {
  readonly total: number;
  readonly next: string | null;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
}

async function page(
  source: ApiSource,
  params: Parameters<typeof makeQuery>[0] = {},
): Promise<Page> {
  const value = JSON.parse([...await listDevices(source, makeQuery(params))].join(""));
  assertValid(DEVICE_LIST, value);
  return value;
}

const DEVICES = [
  makeFacts({ id: "1", name: "web-1.ts.net", os: "linux", tags: ["tag:web"], user: "ann@x.org" }),
  makeFacts(
    { id: "2", name: "db-1.ts.net", os: "linux", tags: ["tag:db"], clientVersion: "1.9.0" },
    { isOnline: false },
  ),
  makeFacts({ id: "3", name: "Ann-Mac.ts.net", os: "macOS", user: "ann@x.org" }, {
    scrape: { ...PENDING, state: "untagged" },
  }),
  makeFacts({ id: "4", name: "web-2.ts.net", clientVersion: "1.10.0", authorized: false }),
];

Deno.test("listDevices() filters by each parameter", async () => {
  const source = makeSource(DEVICES);
  const cases: readonly (readonly [Parameters<typeof makeQuery>[0], ids: string])[] = [
    [{}, "3 2 1 4"],
    [{ q: "WEB" }, "1 4"],
    [{ q: "ann" }, "3 1"],
    [{ q: "100.64.0.7", online: "false" }, "2"],
    [{ online: "true" }, "3 1 4"],
    [{ metrics: "untagged" }, "3"],
    [{ metrics: ["untagged", "up"], os: "linux" }, "2 1"],
    [{ tag: ["db", "tag:web"] }, "2 1"],
    [{ owner: "ann@x.org" }, "3 1"],
    [{ problem: "any" }, "2 4"],
    [{ problem: "unauthorized" }, "4"],
    [{ problem: "critical" }, ""],
  ];
  for (const [params, ids] of cases) {
    const { devices, total } = await page(source, params);
    assertEquals([devices.map(({ id }) => id).join(" "), total], [
      ids,
      ids === "" ? 0 : ids.split(" ").length,
    ], JSON.stringify(params));
  }
});

Deno.test("listDevices() sorts by each key, what is unknown last", async () => {
  const source = makeSource(DEVICES);
  const cases: readonly (readonly [sort: string, ids: string])[] = [
    ["-name", "4 1 2 3"],
    ["version", "2 4 1 3"],
    ["-version", "4 2 1 3"],
    ["os", "1 2 3 4"],
    ["online", "1 3 4 2"],
    ["problem", "2 4 1 3"],
  ];
  for (const [sort, ids] of cases) {
    const { devices } = await page(source, { sort });
    assertEquals(devices.map(({ id }) => id).join(" "), ids, sort);
  }
  const sorts = DEVICE_LIST_PARAMETERS.find(({ name }) => name === "sort")?.schema.enum;
  assert(Array.isArray(sorts));
  for (const sort of sorts) assertEquals((await page(source, { sort })).total, 4, sort);
});

Deno.test("listDevices() shows each device that stays exactly once while others come and go", async () => {
  const many = (prefix: string, from: number): readonly DeviceFacts[] =>
    Array.from({ length: 40 }, (_, at) => from + at * 11)
      .map((number) => makeFacts({ id: `${prefix}${number}`, name: `node-${number % 7}` }));
  const stays = many("s", 0);
  for (const sort of ["name", "-name", "metrics"]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let round = 0; round < 100; round++) {
      const source = makeSource([...stays, ...many("c", round)]);
      const { devices, next } = await page(source, { sort, limit: "7", ...cursor && { cursor } });
      seen.push(...devices.map(({ id }) => id));
      if (next === null) break;
      cursor = next;
    }
    const counts = stays.map(({ device: { id } }) => seen.filter((each) => each === id).length);
    assertEquals(counts, stays.map(() => 1), sort);
  }
});

Deno.test("listDevices() has nothing while the device list is stale", async () => {
  const tailnets = () => [makeTailnet(DEVICES, { isFresh: false })];
  assertEquals(await page(makeSource([], { tailnets })), { total: 0, next: null, devices: [] });
});

Deno.test("listDevices() pauses in a long list", async () => {
  let [nowMs, pauses] = [0, 0];
  const slices = {
    elapsed: () => nowMs += 3,
    pause: () => {
      pauses++;
      return Promise.resolve();
    },
  };
  await listDevices(makeSource(DEVICES), makeQuery(), slices);
  assert(pauses > 0);
});

Deno.test("listDevices() takes its own cursor, however long the names", async () => {
  const cursor = DEVICE_LIST_PARAMETERS.find(({ name }) => name === "cursor");
  for (const name of ["a", "語", "\u0001", '"'].map((character) => character.repeat(1_024))) {
    const source = makeSource([makeFacts({ id: "1", name }), makeFacts({ id: "2", name })]);
    const { next } = await page(source, { limit: "1" });
    assert(next !== null && cursor?.accepts(next), `${next?.length} characters`);
    assertEquals((await page(source, { limit: "1", cursor: next })).devices[0]?.id, "2");
  }
  assertEquals(cursor?.accepts("a".repeat(20_000)), false);
});

Deno.test("DEVICE_ORDER.check() refuses a cursor of another order", async () => {
  const { next } = await page(makeSource(DEVICES), { limit: "1" });
  assert(next !== null);
  assertEquals(DEVICE_ORDER.check(makeQuery({ cursor: next })), undefined);
  assertEquals(DEVICE_ORDER.check(makeQuery()), undefined);
  assertEquals(DEVICE_ORDER.check(makeQuery({ cursor: next, sort: "-name" })), {
    parameter: "cursor",
    value: next,
    allowed: "the value of `next` of a page in the same order",
  });
});

Deno.test("listDevices() sorts devices that are connected as those seen last", async () => {
  const source = makeSource([
    makeFacts({ id: "1" }),
    makeFacts({ id: "2", lastSeenSeconds: NOW_MS / 1000 - 60 }, { isOnline: false }),
    makeFacts({ id: "3" }, { isOnline: false }),
  ]);
  const { devices } = await page(source, { sort: "-last_seen" });
  assertEquals(devices.map(({ id }) => id), ["1", "2", "3"]);
});
