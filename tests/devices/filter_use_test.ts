import { assertEquals } from "@std/assert";
import {
  describeIdle,
  type FilterEntry,
  FilterUse,
  isPreventive,
} from "../../src/devices/filter_use.ts";
import type { Device } from "../../src/control/device.ts";
import { makeDevice, makeKnown } from "./_device.ts";

const WEB = makeDevice({ id: "1", name: "web-1.example", tags: ["tag:web"] });
const DB = makeDevice({ id: "2", name: "db-1.example", tags: ["tag:exporter"] });

function known(...devices: readonly Device[]) {
  return devices.map((device) => makeKnown(device));
}

function watched() {
  const told: string[] = [];
  const use = new FilterUse({
    targets: ["web-*", "nosuch-*"],
    excludes: ["db-1", "old"],
    tags: ["web", "tag:db"],
    scrapeTag: "exporter",
    onIdle: ({ setting, entry }) => told.push(`idle ${setting}=${entry}`),
  });
  return { told, use };
}

function names(entries: readonly FilterEntry[]): readonly string[] {
  return entries.map(({ setting, entry }) => `${setting}=${entry}`);
}

Deno.test("FilterUse tells each entry that matches no device, once", async () => {
  const { told, use } = watched();
  const idle = ["TARGET_DEVICES=nosuch-*", "EXCLUDE_DEVICES=old", "DEVICE_TAGS=tag:db"];
  await use.take([WEB, DB], known(WEB));
  // The scrape tag is on a device that does not pass: nothing is scraped.
  assertEquals(names(use.idle), [...idle, "SCRAPE_TAG=exporter"]);
  assertEquals(use.counts, { listed: 2, passed: 1 });
  await use.take([WEB, DB], known(WEB));
  assertEquals(told, [...idle, "SCRAPE_TAG=exporter"].map((entry) => `idle ${entry}`));
});

Deno.test("FilterUse looks at the first list with a device only, and counts each", async () => {
  const { told, use } = watched();
  await use.take([WEB, DB], known(WEB, DB));
  told.length = 0;
  await use.take([WEB], []);
  assertEquals([told, use.counts], [[], { listed: 1, passed: 0 }]);
  assertEquals(names(use.idle), [
    "TARGET_DEVICES=nosuch-*",
    "EXCLUDE_DEVICES=old",
    "DEVICE_TAGS=tag:db",
  ]);
});

Deno.test("FilterUse blames no entry for a tailnet without devices", async () => {
  const { told, use } = watched();
  assertEquals(use.idle, []);
  await use.take([], []);
  assertEquals([use.idle, told], [[], []]);
  await use.take([WEB], known(WEB));
  assertEquals(told.length, 5);
});

Deno.test("FilterUse asks for no scrape tag where none is set", async () => {
  const use = new FilterUse({ targets: [], excludes: [], tags: [], scrapeTag: "" });
  await use.take([WEB], known(WEB));
  assertEquals(use.idle, []);
});

Deno.test("FilterUse follows the rules of SCRAPE_PORTS, by tag and by name", async () => {
  const ports = ["web", "nosuch"].flatMap((pattern) => [
    { pattern, isTag: true, port: 9002 },
    { pattern: `${pattern}-*`, isTag: false, port: 9002 },
  ]);
  const use = new FilterUse({ targets: [], excludes: [], tags: [], scrapeTag: "", ports });
  await use.take([WEB], known(WEB));
  assertEquals(names(use.idle), ["SCRAPE_PORTS=tag:nosuch", "SCRAPE_PORTS=nosuch-*"]);
});

Deno.test("describeIdle() names the entry and its setting", () => {
  assertEquals(
    describeIdle({ setting: "TARGET_DEVICES", entry: "nosuch-*" }),
    'No device matches "nosuch-*" of TARGET_DEVICES',
  );
  assertEquals(
    describeIdle({ setting: "SCRAPE_TAG", entry: "exporter" }),
    "No device is scraped: none that passes the filters has the tag of SCRAPE_TAG=exporter",
  );
});

Deno.test("isPreventive() holds of settings whose entries may wait for devices", () => {
  const settings = [
    "TARGET_DEVICES",
    "EXCLUDE_DEVICES",
    "DEVICE_TAGS",
    "SCRAPE_TAG",
    "SCRAPE_PORTS",
  ];
  const entries = settings.map((setting) => ({ setting, entry: "x" }) as FilterEntry);
  assertEquals(names(entries.filter(isPreventive)), ["EXCLUDE_DEVICES=x", "SCRAPE_PORTS=x"]);
});

Deno.test("FilterUse.take() looks at a long list in slices, and tells at its end", async () => {
  let [nowMs, pauses] = [0, 0];
  const told: string[] = [];
  const use = new FilterUse({
    targets: ["last", "nosuch"],
    excludes: [],
    tags: [],
    scrapeTag: "",
    onIdle: ({ entry }) => told.push(entry),
    slices: {
      elapsed: () => nowMs++,
      pause: () => {
        pauses++;
        assertEquals([told, use.counts], [[], { listed: 41, passed: 0 }]);
        return Promise.resolve();
      },
    },
  });
  await use.take([...Array(40).fill(WEB), makeDevice({ name: "last" })], []);
  assertEquals([told, pauses], [["nosuch"], 5]);
});
