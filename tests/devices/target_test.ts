import { assertEquals, assertStrictEquals } from "@std/assert";
import { parseCidr } from "../../src/cidr.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";
import {
  askableAddresses,
  type SkippedDevice,
  type Target,
  TargetChooser,
} from "../../src/devices/target.ts";
import type { Device } from "../../src/control/device.ts";
import { makeDevice, makeKnown } from "./_device.ts";

function select(
  fields: Partial<Device>,
  options: { isOnline?: boolean; scrapeTag?: string; allow?: string } = {},
) {
  const cidrs = [parseCidr(options.allow ?? "")].filter((cidr) => cidr !== undefined);
  const choice = new TargetChooser({
    scrapeTag: options.scrapeTag ?? "exporter",
    portOf: () => 5252,
    isAllowed: createAddressCheck(cidrs),
  }).choose(makeKnown(makeDevice(fields), options.isOnline));
  return {
    targets: [choice].filter((one): one is Target => !("scrape" in one)),
    skipped: [choice].filter((one): one is SkippedDevice => "scrape" in one),
  };
}

Deno.test("TargetChooser.choose() asks by IPv4, by IPv6 only where there is no other", () => {
  const tags = ["tag:exporter"];
  const cases: readonly (readonly [addresses: readonly string[], url: string])[] = [
    [["100.64.0.7", "fd7a:115c:a1e0::7"], "http://100.64.0.7:5252/metrics"],
    [["fd7a:115c:a1e0::7", "100.64.0.7"], "http://100.64.0.7:5252/metrics"],
    [["::ffff:100.64.0.7"], "http://100.64.0.7:5252/metrics"],
    [["FD7A:115C:A1E0:0::0007"], "http://[fd7a:115c:a1e0::7]:5252/metrics"],
    [["10.0.0.1", "fd7a:115c:a1e0::7"], "http://[fd7a:115c:a1e0::7]:5252/metrics"],
    [["169.254.169.254", "100.64.0.7"], "http://100.64.0.7:5252/metrics"],
  ];
  for (const [addresses, url] of cases) {
    assertEquals(select({ tags, addresses }).targets.map((target) => target.url), [url]);
  }
});

Deno.test("TargetChooser.choose() keeps only the addresses that may be asked", () => {
  const { targets } = select({
    tags: ["tag:exporter"],
    addresses: ["fd7a:115c:a1e0::7", "127.0.0.1", "100.64.0.7"],
  });
  assertEquals(targets[0]?.address, "100.64.0.7");
  assertEquals(targets[0]?.addresses, ["100.64.0.7", "fd7a:115c:a1e0::7"]);
});

Deno.test("TargetChooser.choose() takes the operator's blocks", () => {
  const fields = { tags: ["tag:exporter"], addresses: ["10.1.2.3"] };
  assertEquals(select(fields).targets, []);
  assertEquals(
    select(fields, { allow: "10.1.0.0/16" }).targets[0]?.url,
    "http://10.1.2.3:5252/metrics",
  );
});

Deno.test("TargetChooser.choose() takes the tag with and without its prefix, in any case", () => {
  for (const scrapeTag of ["exporter", "tag:exporter", "Exporter", ""]) {
    assertEquals(select({ tags: ["tag:exporter"] }, { scrapeTag }).targets.length, 1, scrapeTag);
  }
  assertEquals(select({ tags: [] }, { scrapeTag: "" }).targets.length, 1);
  assertEquals(select({ tags: ["tag:exporters"] }).targets.length, 0);
});

Deno.test("TargetChooser.choose() says why a device is left out and what mends it", () => {
  const tags = ["tag:exporter"];
  const cases: readonly (readonly [selection: ReturnType<typeof select>, why: string])[] = [
    [
      select({ tags: ["tag:server"] }),
      "untagged: The device lacks tag:exporter. A server: list the tag under tagOwners in the " +
      "tailnet policy, then add it in the admin console or run " +
      "`tailscale up --advertise-tags=tag:exporter`. A person's device: do not tag it, because a " +
      "tag replaces its user, turns its key expiry off, and rules for the user no longer apply; " +
      "set SCRAPE_TAG= (empty) to scrape devices without the tag, too",
    ],
    [
      select({ tags, isExternal: true }),
      "shared_in: The device is shared in from another tailnet, its tags are its owner's: " +
      "nothing to do, or set SCRAPE_TAG= (empty) to scrape all devices, this one too",
    ],
    [
      select({ tags: [], isExternal: true }, { isOnline: false }),
      "shared_in: The device is shared in from another tailnet, its tags are its owner's: " +
      "nothing to do, or set SCRAPE_TAG= (empty) to scrape all devices, this one too",
    ],
    [
      select({ tags }, { isOnline: false }),
      "offline: The device is offline: it is scraped again once it is connected " +
      "(run `tailscale up` on it)",
    ],
    [
      select({ tags, addresses: [] }),
      "no_address: The API lists no address for the device: it has to be approved and to join " +
      "the tailnet first",
    ],
    [
      select({ tags, addresses: ["", "evil.example", "100.64.0.1/32", "100.64.0.1:80"] }),
      "no_address: The API lists no address for the device: it has to be approved and to join " +
      "the tailnet first",
    ],
    [
      select({ tags, addresses: ["127.0.0.1", "evil.example"] }),
      "address_not_allowed: None of the addresses may be scraped (127.0.0.1, evil.example): " +
      "wanted one of Tailscale's ranges, or add its block to SCRAPE_ALLOW_CIDRS",
    ],
  ];
  for (const [{ targets, skipped }, why] of cases) {
    assertEquals(targets, []);
    assertEquals(skipped.map(({ scrape }) => `${scrape.state}: ${scrape.reason}`), [why]);
  }
});

Deno.test("TargetChooser.choose() takes devices shared in only where all are to be scraped", () => {
  const shared = { tags: ["tag:exporter"], isExternal: true };
  assertEquals(select(shared).targets.length, 0);
  assertEquals(select(shared, { scrapeTag: "" }).targets.length, 1);
  assertEquals(select({ ...shared, isExternal: false }).targets.length, 1);
});

Deno.test("TargetChooser.choose() gives the same target for a device that did not change", () => {
  const chooser = new TargetChooser({
    scrapeTag: "",
    portOf: () => 5252,
    isAllowed: createAddressCheck(),
  });
  const device = makeDevice();
  const first = chooser.choose(makeKnown(device));
  const offline = chooser.choose(makeKnown(device, false));
  assertEquals("scrape" in offline && offline.scrape.state, "offline");
  assertStrictEquals(chooser.choose(makeKnown(device)), first);
  const moved = { ...device, addresses: ["100.64.0.8"] };
  const other = chooser.choose(makeKnown(moved));
  assertEquals("url" in other && other.url, "http://100.64.0.8:5252/metrics");
});

Deno.test("TargetChooser.trim() forgets devices when most are gone", () => {
  let asked = 0;
  const chooser = new TargetChooser({
    scrapeTag: "",
    portOf: () => ++asked,
    isAllowed: createAddressCheck(),
  });
  const known = ["1", "2", "3"].map((id) => makeKnown(makeDevice({ id })));
  for (const [count, chosen] of [[3, 3], [2, 3], [1, 6]] as const) {
    chooser.trim(count);
    for (const one of known) chooser.choose(one);
    assertEquals(asked, chosen);
  }
});

Deno.test("askableAddresses() reads a device once for each check", () => {
  let asked = 0;
  const isAllowed = (address: string) => ++asked > 0 && address.startsWith("100.");
  const device = makeDevice();
  assertEquals(askableAddresses(device, isAllowed), ["100.64.0.7"]);
  assertEquals([askableAddresses(device, isAllowed), asked], [["100.64.0.7"], 2]);
  assertEquals(askableAddresses(device, () => false), []);
});
