import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { AddressBook } from "../../src/access/address_book.ts";
import { FleetAddresses } from "../../src/access/fleet_addresses.ts";
import type { Device } from "../../src/control/device.ts";
import type { DeviceListing, KnownDevice } from "../../src/facts/tailnet_facts.ts";
import { makeDevice } from "../devices/_device.ts";

const SLICE = { isOver: true, next: () => Promise.resolve() };

function known(id: string, fields: Partial<Device>): KnownDevice {
  return { key: id, device: makeDevice({ id, nodeId: `n${id}`, ...fields }), isOnline: true };
}

function listing(atMs: number, ...all: readonly KnownDevice[]): DeviceListing {
  return { devices: [], all, rejected: [], atMs, elapsedMs: 0 };
}

Deno.test("FleetAddresses.follow() notes which device has which address", async () => {
  const book = new AddressBook();
  const fleet = new FleetAddresses(book);
  await fleet.follow(undefined, SLICE);
  assertEquals(book.size, 0);
  const own = known("1", {
    name: "laptop.example.ts.net",
    user: "a@example.com",
    tags: [],
    addresses: ["100.64.0.1", "FD7A:115C:A1E0::1", "no address"],
    createdSeconds: 1,
  });
  const tagged = known("2", {
    tags: ["tag:web"],
    user: "tagged-devices",
    addresses: ["100.64.0.2"],
  });
  const shared = known("3", { isExternal: true, tags: [], user: "x@y", addresses: ["100.64.0.3"] });
  await fleet.follow(listing(5_000, own, tagged, shared), SLICE);
  assertEquals(book.find("fd7a:115c:a1e0::1", 1_000), {
    userClass: "own",
    user: "a@example.com",
    device: "laptop.example.ts.net",
  });
  assertEquals(book.find("100.64.0.1", 999), undefined);
  const brief = ["100.64.0.2", "100.64.0.3"].map((address) => {
    const visitor = book.find(address, 5_000_000_000_000);
    return `${visitor?.userClass} ${visitor?.user}`;
  });
  assertEquals(brief, ["tagged undefined", "shared x@y"]);
  assertEquals([fleet.has("100.64.0.1"), fleet.has("100.64.0.9")], [true, false]);
});

Deno.test("FleetAddresses.follow() sees addresses move, and devices leave", async () => {
  const book = new AddressBook();
  const fleet = new FleetAddresses(book);
  const at = (address: string, ms: number) => book.find(address, ms)?.device;
  const a = known("1", { name: "a", addresses: ["100.64.0.1"], createdSeconds: undefined });
  const b = known("2", { name: "b", addresses: ["100.64.0.2"], createdSeconds: undefined });
  await fleet.follow(listing(1_000, a, b), SLICE);
  // They swap addresses.
  const a2 = { ...a, device: { ...a.device, addresses: ["100.64.0.2"] } };
  const b2 = { ...b, device: { ...b.device, addresses: ["100.64.0.1"] } };
  await fleet.follow(listing(2_000, a2, b2), SLICE);
  assertEquals([at("100.64.0.1", 1_999), at("100.64.0.1", 2_000)], ["a", "b"]);
  assertEquals([at("100.64.0.2", 1_999), at("100.64.0.2", 2_000)], ["b", "a"]);
  await fleet.follow(listing(3_000, { ...a2, isOnline: false }), SLICE);
  assertEquals([at("100.64.0.1", 2_999), at("100.64.0.1", 3_000)], ["b", undefined]);
  assertEquals([fleet.has("100.64.0.1"), fleet.has("100.64.0.2")], [false, true]);
  assertEquals(at("100.64.0.2", 3_000), "a");
});

Deno.test("FleetAddresses attributes a line to the device that had the address at that time, in any order", async () => {
  const ADDRESSES = ["100.64.0.1", "100.64.0.2", "fd7a:115c:a1e0::1"];
  /** The device of each address in one list; no device has two of them. */
  const owners = fc.uniqueArray(fc.constantFrom("1", "2", "3", "4", "5"), {
    minLength: ADDRESSES.length,
    maxLength: ADDRESSES.length,
  });
  const history = fc.array(owners, { minLength: 1, maxLength: 4 });
  const times = fc.array(fc.integer({ min: 1_000, max: 4_999 }), { minLength: 1, maxLength: 20 });
  await fc.assert(fc.asyncProperty(history, times, async (lists, atMs) => {
    const book = new AddressBook();
    const fleet = new FleetAddresses(book);
    for (const [at, ids] of lists.entries()) {
      const all = ids.map((id, index) =>
        known(id, {
          name: id,
          addresses: [ADDRESSES[index] ?? ""],
          createdSeconds: undefined,
        })
      );
      await fleet.follow(listing((at + 1) * 1_000, ...all), SLICE);
    }
    for (const ms of atMs) {
      const list = lists[Math.min(Math.floor(ms / 1_000), lists.length) - 1] ?? [];
      const found = ADDRESSES.map((address) => book.find(address, ms)?.device);
      assertEquals(found, list.map((id): string | undefined => id), `at ${ms}`);
    }
  }));
});
