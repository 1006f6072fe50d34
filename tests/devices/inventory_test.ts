import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ApiError } from "../../src/errors.ts";
import { Inventory, onlineRule } from "../../src/devices/inventory.ts";
import type { Device } from "../../src/control/device.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { makeDevice, makeFullDevice, makeRecord } from "./_device.ts";

const NOW_SECONDS = 1_769_904_000;

Deno.test("onlineRule() goes by what the API sends", () => {
  const connected = makeDevice({ connectedToControl: true });
  const parted = makeDevice({ connectedToControl: false, lastSeenSeconds: NOW_SECONDS - 10 });
  const silent = makeDevice({});
  const seen = makeDevice({ lastSeenSeconds: NOW_SECONDS - 299 });
  const ahead = makeDevice({ lastSeenSeconds: NOW_SECONDS + 60 });
  const gone = makeDevice({ lastSeenSeconds: NOW_SECONDS - 300 });
  const cases: readonly (readonly [
    name: string,
    devices: readonly Device[],
    expected: readonly boolean[],
  ])[] = [
    ["no device", [], []],
    ["connectedToControl", [connected, parted], [true, false]],
    ["headscale: absent lastSeen is online", [silent, seen, gone], [true, false, false]],
    ["every device has lastSeen", [seen, ahead, gone], [true, true, false]],
    ["a mix is no old API", [connected, seen], [true, false]],
    ["a mix: absent lastSeen is online", [parted, silent], [false, true]],
  ];
  for (const [name, devices, expected] of cases) {
    assertEquals(devices.map(onlineRule(devices, NOW_SECONDS)), expected, name);
  }
});

function makeInventory(lists: (readonly Device[] | Error)[], keep?: (device: Device) => boolean) {
  const clock = new FakeClock();
  const record = makeRecord(clock);
  const inventory = new Inventory({
    api: {
      listDevices: () => {
        const next = lists.shift() ?? [];
        if (next instanceof Error) return Promise.reject(next);
        return Promise.resolve({ devices: next, rejected: [{ index: 3, reason: "no id" }] });
      },
    },
    filter: keep ?? (() => true),
    record,
    now: clock.now,
    elapsed: clock.elapsed,
  });
  return { clock, inventory, record };
}

Deno.test("Inventory knows nothing before the first answer", () => {
  assertEquals(makeInventory([]).record.listing, undefined);
});

Deno.test("Inventory.refresh() brings filtered facts with their time", async () => {
  const { clock, inventory, record } = makeInventory(
    [[makeDevice({ id: "1" }), makeDevice({ id: "2", connectedToControl: true })]],
    (device) => device.id === "2",
  );
  const listing = await inventory.refresh();
  assertEquals(listing.devices.map((known) => known.device.id), ["2"]);
  assertEquals(listing.rejected, [{ index: 3, reason: "no id" }]);
  assertEquals(listing.atMs, clock.now());
  assertStrictEquals(record.listing, listing);
});

Deno.test("Inventory.refresh() decides which devices are online before it filters", async () => {
  const { inventory, record } = makeInventory(
    [[makeDevice({ id: "1" }), makeDevice({ id: "2", lastSeenSeconds: NOW_SECONDS })]],
    (device) => device.id === "2",
  );
  await inventory.refresh();
  // Alone, device 2 would look like one of an API that keeps lastSeen fresh.
  assertEquals(record.listing?.devices.map((known) => known.isOnline), [false]);
});

Deno.test("Inventory.refresh() parts its own shard from the rest of the fleet", async () => {
  const devices = Array.from({ length: 40 }, (_, at) => makeDevice({ id: String(at + 1) }));
  const shards: (readonly string[])[] = [];
  for (const index of [0, 1, 2]) {
    const clock = { now: () => 0, elapsed: () => 0 };
    const record = makeRecord(clock);
    const inventory = new Inventory({
      api: { listDevices: () => Promise.resolve({ devices, rejected: [] }) },
      filter: (device) => device.id !== "7",
      shard: { index, count: 3 },
      record,
      ...clock,
    });
    await inventory.refresh();
    assertEquals(record.listing?.all.length, 39);
    shards.push(record.listing?.devices.map((known) => known.device.id) ?? []);
  }
  assertEquals(shards.flat().length, 39);
  assertEquals(new Set(shards.flat()).size, 39);
  assertEquals(shards.every((ids) => ids.length > 0), true);
});

Deno.test("Inventory keeps a list: it outlives a failed call until they are stale", async () => {
  const failure = new ApiError("server", "Cannot list devices: status 502");
  const { clock, inventory, record } = makeInventory([[makeDevice()], failure]);
  await inventory.refresh();
  await clock.advance(300_000);
  assertStrictEquals(await assertRejects(() => inventory.refresh()), failure);
  assertStrictEquals(record.api.error, failure);
  assertEquals(record.listing?.devices.length, 1);
  await clock.advance(1);
  assertEquals(record.listing, undefined);
});

Deno.test("Inventory.refresh() throws what is no failure of the API", async () => {
  const { inventory } = makeInventory([new TypeError("defect")]);
  await assertRejects(() => inventory.refresh(), TypeError, "defect");
});

Deno.test("Inventory keeps the object of a device that did not change", async () => {
  const { inventory, record } = makeInventory([
    [makeFullDevice(), makeDevice({ id: "2" })],
    [makeDevice({ id: "2", connectedToControl: false }), makeFullDevice()],
  ]);
  await inventory.refresh();
  const before = record.listing?.devices ?? [];
  await inventory.refresh();
  const after = record.listing?.devices ?? [];
  assertStrictEquals(after[1], before[0]);
  assert(after[0] !== before[1]);
});

Deno.test("Inventory notices a change of any field", async () => {
  const full = makeFullDevice();
  const connectivity = full.connectivity;
  assert(connectivity !== undefined);
  const changes: readonly Partial<Device>[] = [
    ...Object.keys(full).filter((field) => field !== "id")
      .map((field) => ({ [field]: field === "addresses" || field === "tags" ? [] : undefined })),
    { addresses: ["100.64.0.8", "fd7a:115c:a1e0::7"] },
    { connectivity: { ...connectivity, endpointCount: 3 } },
    { connectivity: { ...connectivity, mappingVariesByDestIp: true } },
    { connectivity: { ...connectivity, regions: [], latenciesMs: [] } },
    {
      connectivity: {
        ...connectivity,
        latenciesMs: connectivity.latenciesMs.map(() => 13),
      },
    },
    {
      connectivity: {
        ...connectivity,
        regions: connectivity.regions.map((one) => ({ ...one, isPreferred: false })),
      },
    },
    {
      connectivity: {
        ...connectivity,
        regions: connectivity.regions.map((one) => ({ ...one, name: "Paris" })),
      },
    },
    { connectivity: { ...connectivity, supports: new Map() } },
    {
      connectivity: {
        ...connectivity,
        supports: new Map([...connectivity.supports, ["udp", false]]),
      },
    },
  ];
  for (const change of changes) {
    const { inventory, record } = makeInventory([[makeFullDevice()], [makeFullDevice(change)]]);
    await inventory.refresh();
    const before = record.listing?.devices[0]?.device;
    await inventory.refresh();
    assert(record.listing?.devices[0]?.device !== before, Object.keys(change).join());
  }
});

Deno.test("Inventory notes how old a list is, however the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { clock, inventory, record } = makeInventory([[makeDevice()]]);
    await inventory.refresh();
    clock.set(ms);
    await clock.advance(300_000);
    assert(record.listing !== undefined, `stale too early after ${ms} ms`);
    await clock.advance(1);
    assertEquals(record.listing, undefined, `fresh for ever after ${ms} ms`);
  }
});
