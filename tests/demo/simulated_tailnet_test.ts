import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodeDevices } from "../_support/decode_devices.ts";
import { SimulatedTailnet } from "../../src/demo/mod.ts";
import { readText } from "../_support/text_reader.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fleetAtNoon, listOf, NOON_MS } from "./_answer.ts";

Deno.test("SimulatedTailnet.apiList() is the same bytes for the same seed and clock", () => {
  assertEquals(fleetAtNoon(60).apiList(), fleetAtNoon(60).apiList());
  assert(listOf(fleetAtNoon(60, 2))[0]?.id !== listOf(fleetAtNoon(60))[0]?.id);
});

Deno.test("SimulatedTailnet.apiList() is handed out again until something changed", async () => {
  const clock = new FakeClock(NOON_MS);
  const tailnet = new SimulatedTailnet({
    devices: [{ name: "a", kind: "server" }, { name: "b", kind: "server" }],
    now: clock.now,
  });
  const first = tailnet.apiList();
  assertStrictEquals(tailnet.apiList(), first);
  assert(tailnet.apiList("default") !== first);
  await clock.advance(600_000);
  const later = tailnet.apiList();
  assert(later !== first);
  assertStrictEquals(tailnet.apiList(), later);
  const [id = ""] = tailnet.devices().map(({ id }) => id);
  for (
    const change of [
      () => tailnet.setOnline(id, false),
      () => tailnet.rename(id, "c"),
      () => void tailnet.add({ name: "d", kind: "nas" }),
      () => tailnet.remove(id),
    ]
  ) {
    const before = tailnet.apiList();
    change();
    assert(tailnet.apiList() !== before);
  }
  assertEquals(listOf(tailnet).map(({ hostname }) => hostname), ["b", "d"]);
});

Deno.test("SimulatedTailnet.apiList() without devices is an empty list", () => {
  assertEquals(listOf(new SimulatedTailnet({ devices: [] })), []);
});

Deno.test("SimulatedTailnet.apiList() says of everybody what devices() says", () => {
  const tailnet = fleetAtNoon(100);
  assertEquals(
    listOf(tailnet).map(({ id, name, addresses, connectedToControl, tags }) => ({
      id,
      name,
      addresses,
      isOnline: connectedToControl,
      tags: tags ?? [],
    })),
    tailnet.devices().map(({ id, name, addresses, isOnline, tags }) => ({
      id,
      name,
      addresses,
      isOnline,
      tags,
    })),
  );
});

Deno.test("SimulatedTailnet.apiList() is a list that the API client takes whole", () => {
  const tailnet = fleetAtNoon(100);
  const { devices, rejected } = decodeDevices(new TextDecoder().decode(tailnet.apiList()));
  assertEquals(rejected, []);
  assertEquals(
    devices.map(({ id, connectedToControl, tags }) => [id, connectedToControl, tags]),
    tailnet.devices().map(({ id, isOnline, tags }) => [id, isOnline, tags]),
  );
});

Deno.test("SimulatedTailnet.page() is a page that the strict reader takes, or nothing", () => {
  const tailnet = fleetAtNoon(200);
  let pages = 0;
  for (const device of tailnet.devices()) {
    const page = tailnet.page(device.id);
    assertEquals(tailnet.hasPage(device.id), page !== undefined, device.name);
    if (device.isAnswering) assert(page !== undefined, device.name);
    if (page === undefined) continue;
    assert(readText(page).length >= 10, device.name);
    pages++;
  }
  assert(pages > 120 && pages < 200, `${pages} pages`);
  assertEquals([tailnet.page("1"), tailnet.hasPage("1")], [undefined, false]);
});

Deno.test("SimulatedTailnet.page() is there only while the device can answer", () => {
  const tailnet = fleetAtNoon(12);
  const { id = "" } = tailnet.deviceAt("gateway-fra-01") ?? {};
  const has = () => [tailnet.page(id) !== undefined, tailnet.device(id)?.isAnswering];
  assertEquals(has(), [true, true]);
  tailnet.setOnline(id, false);
  assertEquals(has(), [false, false]);
  tailnet.setOnline(id, undefined);
  tailnet.setFault(id, "unreachable");
  assertEquals(has(), [false, false]);
  tailnet.setFault(id, "hang");
  assertEquals(has(), [true, false]);
  tailnet.setFault(id, undefined);
  assertEquals(has(), [true, true]);
  tailnet.remove(id);
  assertEquals(has(), [false, undefined]);
});

Deno.test("SimulatedTailnet.add() makes names unique as MagicDNS does, and reuses no id", () => {
  const tailnet = new SimulatedTailnet({ devices: [] });
  const add = (name: string) => {
    const id = tailnet.add({ name, kind: "server" });
    return tailnet.device(id)?.name.replace(".tail-demo.ts.net", "");
  };
  assertEquals([add("a"), add("a"), add("a"), add("b")], ["a", "a-1", "a-2", "b"]);
  assertEquals([add("w.x.ts.net"), add("w.x.ts.net")], ["w.x.ts.net", "w-1.x.ts.net"]);
  const ids = new Set(tailnet.devices().map(({ id }) => id));
  const first = tailnet.deviceAt("a")?.id ?? "";
  tailnet.remove(first);
  assertEquals(add("a"), "a");
  assertEquals(ids.has(tailnet.deviceAt("a")?.id ?? ""), false);
});

Deno.test("SimulatedTailnet.deviceAt() finds a device by address, whole and short name", () => {
  const tailnet = fleetAtNoon(12);
  const [device] = tailnet.devices();
  assert(device !== undefined);
  for (const host of [...device.addresses, device.name, "gateway-fra-01"]) {
    assertEquals(tailnet.deviceAt(host)?.id, device.id, host);
  }
  tailnet.rename(device.id, "hub");
  assertEquals(tailnet.deviceAt("gateway-fra-01"), undefined);
  assertEquals(tailnet.deviceAt("hub")?.id, device.id);
  assertEquals(tailnet.deviceAt(device.addresses[0] ?? "")?.id, device.id);
  tailnet.remove(device.id);
  for (const host of [...device.addresses, "hub"]) assertEquals(tailnet.deviceAt(host), undefined);
});

Deno.test("SimulatedTailnet names the device that it does not know", () => {
  const tailnet = new SimulatedTailnet({ devices: [] });
  assertThrows(
    () => tailnet.remove("17"),
    RangeError,
    'Cannot remove device "17": no device has this id',
  );
  assertThrows(() => tailnet.rename("17", "x"), RangeError, 'Cannot rename device "17"');
  assertThrows(() => tailnet.setOnline("17", true), RangeError, "Cannot take online or offline");
  assertThrows(() => tailnet.setFault("17", "hang"), RangeError, "Cannot set the fault of");
});

Deno.test("SimulatedTailnet goes on after a restart on the same day where it stopped", () => {
  const at = (startMs: number, nowMs: number) => {
    let ms = startMs;
    const tailnet = new SimulatedTailnet({
      devices: [{ name: "a", kind: "edge" }, { name: "b", kind: "mac", traits: ["key_expiring"] }],
      now: () => ms,
    });
    ms = nowMs;
    return [tailnet.apiList(), tailnet.page(tailnet.devices()[0]?.id ?? "")];
  };
  const laterMs = NOON_MS + 6 * 3_600_000;
  assertEquals(at(NOON_MS, laterMs), at(laterMs, laterMs));
});
