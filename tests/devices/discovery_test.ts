import { assertEquals } from "@std/assert";
import { parseCidr } from "../../src/cidr.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";
import { type DeviceQuery, Discovery, type TargetGroup } from "../../src/devices/discovery.ts";
import type { Device } from "../../src/control/device.ts";
import type { DeviceListing, KnownDevice } from "../../src/facts/tailnet_facts.ts";
import { TargetChooser } from "../../src/devices/target.ts";
import type { TimeSliceOptions } from "../../src/time/slice.ts";
import { listDevices, listPages } from "../_support/targets.ts";
import { makeDevice, makeFullDevice, makeKnown, makeListing } from "./_device.ts";

const ALL: DeviceQuery = { tags: [], port: 9100, isOnline: undefined, address: "any" };

function discover(known: readonly KnownDevice[], isAllowed = createAddressCheck()): Discovery {
  return new Discovery({
    record: { listing: makeListing([], { all: known }) },
    chooser: new TargetChooser({ scrapeTag: "exporter", portOf: () => 5252, isAllowed }),
    isAllowed,
    api: "api.example.com",
    tailnet: "example.com",
  });
}

/** The labels of each group. */
function labelsOf(groups: readonly TargetGroup[] | undefined): readonly Record<string, string>[] {
  return groups?.map(({ labels }) => JSON.parse(labels)) ?? [];
}

/** The targets of one device each. */
async function targetsOf(devices: readonly Partial<Device>[], query: Partial<DeviceQuery>) {
  const known = devices.map((fields) => makeKnown(makeDevice(fields)));
  const groups = await listDevices(discover(known), { ...ALL, ...query });
  return groups?.map(({ targets }) => targets);
}

Deno.test("Discovery.devices() tells all that is known of a device, in tailscalesd's words", async () => {
  const groups = await listDevices(discover([makeKnown(makeFullDevice())]), ALL);
  assertEquals(groups?.map(({ targets }) => targets), [["100.64.0.7:9100"]]);
  assertEquals(labelsOf(groups), [{
    __meta_tailscale_api: "api.example.com",
    __meta_tailscale_device_authorized: "true",
    __meta_tailscale_device_client_version: "1.102.3-t1234567890-g0123456789",
    __meta_tailscale_device_hostname: "gateway",
    __meta_tailscale_device_id: "92960230385",
    __meta_tailscale_device_name: "gateway-1.tail0001.ts.net",
    __meta_tailscale_device_online: "true",
    __meta_tailscale_device_os: "linux",
    __meta_tailscale_device_tags: ",exporter,gateway,",
    __meta_tailscale_device_user: "amelie@example.com",
    __meta_tailscale_tailnet: "example.com",
    __meta_tailscale_device_tag_exporter: "1",
    __meta_tailscale_device_tag_gateway: "1",
  }]);
});

Deno.test("Discovery.devices() leaves out what is not known", async () => {
  const known = [makeKnown(makeDevice({ os: "" }), false)];
  assertEquals(labelsOf(await listDevices(discover(known), ALL))[0], {
    __meta_tailscale_api: "api.example.com",
    __meta_tailscale_device_id: "1",
    __meta_tailscale_device_name: "node-a.tail0001.ts.net",
    __meta_tailscale_device_online: "false",
    __meta_tailscale_tailnet: "example.com",
  });
});

Deno.test("Discovery.devices() makes label names of odd tags that Prometheus takes", async () => {
  const tags = ["tag:Web-Server", "tag:a.b:c", "tag:", 'tag:ä"\n'];
  const known = [makeKnown(makeDevice({ tags }))];
  const labels = Object.keys(labelsOf(await listDevices(discover(known), ALL))[0] ?? {});
  assertEquals(labels.filter((label) => label.startsWith("__meta_tailscale_device_tag_")), [
    "__meta_tailscale_device_tag_web_server",
    "__meta_tailscale_device_tag_a_b_c",
    "__meta_tailscale_device_tag_EMPTY",
    "__meta_tailscale_device_tag____",
  ]);
});

const ADDRESSES: readonly (readonly [
  title: string,
  addresses: readonly string[],
  targets: Readonly<Record<DeviceQuery["address"], string | undefined>>,
])[] = [
  ["both families", ["fd7a:115c:a1e0:0::7", "100.64.0.7"], {
    any: "100.64.0.7:9100",
    ipv4: "100.64.0.7:9100",
    ipv6: "[fd7a:115c:a1e0::7]:9100",
    name: "node-a.tail0001.ts.net:9100",
  }],
  ["IPv6 only", ["fd7a:115c:a1e0::7"], {
    any: "[fd7a:115c:a1e0::7]:9100",
    ipv4: undefined,
    ipv6: "[fd7a:115c:a1e0::7]:9100",
    name: "node-a.tail0001.ts.net:9100",
  }],
  ["no address that may be told", ["169.254.169.254", "::1", "100.100.100.100", "x"], {
    any: undefined,
    ipv4: undefined,
    ipv6: undefined,
    name: undefined,
  }],
];
for (const [title, addresses, expected] of ADDRESSES) {
  Deno.test(`Discovery.devices() addresses a device with ${title} as asked`, async () => {
    const found: Record<string, string | undefined> = {};
    for (const address of ["any", "ipv4", "ipv6", "name"] as const) {
      found[address] = (await targetsOf([{ addresses }], { address }))?.[0]?.[0];
    }
    assertEquals(found, { ...expected });
  });
}

Deno.test("Discovery.devices() tells addresses of other ranges once they are allowed", async () => {
  const lan = parseCidr("10.0.0.0/8");
  const isAllowed = createAddressCheck(lan === undefined ? [] : [lan]);
  const known = [makeKnown(makeDevice({ addresses: ["10.1.2.3"] }))];
  const groups = await listDevices(discover(known, isAllowed), ALL);
  assertEquals(groups?.map(({ targets }) => targets), [["10.1.2.3:9100"]]);
});

Deno.test("Discovery.devices() gives no name that is none, or is an address", async () => {
  const names = ["node-a", "a/b", "", "127.0.0.1", "2130706433", "0x7f000001", "localhost"];
  const found = await targetsOf(names.map((name) => ({ name })), { address: "name" });
  assertEquals(found, [["node-a:9100"]]);
});

Deno.test("Discovery.devices() goes by tags, each with its port or that of the query", async () => {
  const devices: readonly Partial<Device>[] = [
    { tags: ["tag:server"] },
    { tags: ["tag:db"] },
    { tags: ["tag:Server", "tag:db"] },
    { tags: ["tag:other"] },
    { tags: [] },
    { tags: ["tag:server", "tag:db"], isExternal: true },
  ];
  const server = { tag: "tag:server", port: undefined };
  const db = { tag: "tag:db", port: 9187 };
  assertEquals(await targetsOf(devices, { tags: [server, db] }), [
    ["100.64.0.7:9100"],
    ["100.64.0.7:9187"],
    ["100.64.0.7:9100", "100.64.0.7:9187"],
  ]);
  assertEquals(await targetsOf(devices, { tags: [server, { ...db, port: 9100 }] }), [
    ["100.64.0.7:9100"],
    ["100.64.0.7:9100"],
    ["100.64.0.7:9100"],
  ]);
});

Deno.test("Discovery.pages() gives each device its own port", async () => {
  const discovery = new Discovery({
    record: { listing: makeListing(["1", "2"].map((id) => makeKnown(makeDevice({ id })))) },
    chooser: new TargetChooser({
      scrapeTag: "",
      portOf: ({ id }) => id === "1" ? 9002 : 5252,
      isAllowed: createAddressCheck(),
    }),
    isAllowed: createAddressCheck(),
    api: "",
    tailnet: "",
  });
  assertEquals((await listPages(discovery, undefined))?.map(({ targets }) => targets), [
    ["100.64.0.7:9002"],
    ["100.64.0.7:5252"],
  ]);
});

Deno.test("Discovery tells of a device that it is shared in, with its owner's tags", async () => {
  const known = [makeKnown(makeDevice({ tags: ["tag:a"], isExternal: true }))];
  const discovery = discover(known);
  const [labels] = labelsOf(await listDevices(discovery, ALL));
  assertEquals(labels?.__meta_tailscale_device_external, "true");
  assertEquals(labels?.__meta_tailscale_device_tags, ",a,");
  assertEquals(await listPages(discovery, true), []);
});

Deno.test("Discovery.devices() finds the tags of other control planes, and writes them as the metrics do", async () => {
  for (const tag of ["tag:location:sgp1", "tag:prod_db", "tag:k8s.node"]) {
    const known = [makeKnown(makeDevice({ tags: ["tag:z", tag] }))];
    const query = { ...ALL, tags: [{ tag, port: undefined }] };
    const labels = labelsOf(await listDevices(discover(known), query));
    assertEquals(labels.map((each) => each.__meta_tailscale_device_tags), [
      `,${tag.slice(4)},z,`,
    ]);
  }
});

Deno.test("Discovery.devices() gives addresses without a port where none is asked for", async () => {
  assertEquals(await targetsOf([{}], { port: undefined }), [["100.64.0.7"]]);
  assertEquals(await targetsOf([{}], { port: undefined, address: "ipv6" }), [[
    "[fd7a:115c:a1e0::7]",
  ]]);
});

Deno.test("Discovery.devices() can leave out devices by whether they are online", async () => {
  const known = [true, false].map((isOnline) => makeKnown(makeDevice(), isOnline));
  const counts: (number | undefined)[] = [];
  for (const isOnline of [true, false, undefined]) {
    counts.push((await listDevices(discover(known), { ...ALL, isOnline }))?.length);
  }
  assertEquals(counts, [1, 1, 2]);
});

Deno.test("Discovery.pages() lists what the exporter would scrape, with the labels it would add", async () => {
  const fields = { tags: ["tag:exporter"] };
  const known = [
    makeDevice(fields),
    makeDevice({ ...fields, id: "2", addresses: ["fd7a:115c:a1e0::8"] }),
    makeDevice({ id: "3" }),
    makeDevice({ ...fields, id: "4", addresses: ["10.0.0.1"] }),
    makeDevice({ ...fields, id: "5", addresses: [] }),
  ].map((device) => (makeKnown(device)));
  const groups = await listPages(discover(known), undefined);
  assertEquals(groups?.map(({ targets }) => targets), [
    ["100.64.0.7:5252"],
    ["[fd7a:115c:a1e0::8]:5252"],
  ]);
  assertEquals(labelsOf(groups)[0], {
    device_id: "1",
    device_name: "node-a.tail0001.ts.net",
    __metrics_path__: "/metrics",
    __meta_tailscale_api: "api.example.com",
    __meta_tailscale_device_id: "1",
    __meta_tailscale_device_name: "node-a.tail0001.ts.net",
    __meta_tailscale_device_online: "true",
    __meta_tailscale_device_tags: ",exporter,",
    __meta_tailscale_tailnet: "example.com",
    __meta_tailscale_device_tag_exporter: "1",
  });
});

Deno.test("Discovery.pages() can list devices that are offline, and says so", async () => {
  const device = makeDevice({ tags: ["tag:exporter"] });
  const online: unknown[] = [];
  for (const isOnline of [true, false, undefined]) {
    const groups = await listPages(discover([makeKnown(device, false)]), isOnline);
    online.push(labelsOf(groups).map((labels) => labels.__meta_tailscale_device_online));
  }
  assertEquals(online, [[], ["false"], ["false"]]);
});

Deno.test("Discovery lists nothing while nothing is known, and an empty fleet as empty", async () => {
  const unknown = new Discovery({
    record: { listing: undefined },
    chooser: new TargetChooser({ scrapeTag: "", portOf: () => 5252, isAllowed: () => true }),
    isAllowed: () => true,
    api: "api.example.com",
    tailnet: "-",
  });
  assertEquals(await unknown.current(), undefined);
  assertEquals([await listDevices(discover([]), ALL), await listPages(discover([]), true)], [
    [],
    [],
  ]);
});

/** A discovery over facts that a test changes. */
function changing(devices: readonly Device[], slices: TimeSliceOptions = {}) {
  const listingOf = (all: readonly Device[]) => makeListing(all.map((device) => makeKnown(device)));
  const record: { listing: DeviceListing | undefined } = { listing: listingOf(devices) };
  const discovery = new Discovery({
    record,
    chooser: new TargetChooser({
      scrapeTag: "",
      portOf: () => 5252,
      isAllowed: createAddressCheck(),
    }),
    isAllowed: createAddressCheck(),
    api: "api.example.com",
    tailnet: "-",
    slices,
  });
  const set = (all: readonly Device[] | undefined) => record.listing = all && listingOf(all);
  return { discovery, set };
}

Deno.test("Discovery.current() has the same version while no list would be another", async () => {
  const { discovery, set } = changing([makeDevice(), makeDevice({ id: "2" })]);
  const first = await discovery.current();
  set([makeDevice({ lastSeenSeconds: 7 }), makeDevice({ id: "2", createdSeconds: 1 })]);
  assertEquals((await discovery.current())?.version, first?.version);
});

const CHANGES: readonly (readonly [title: string, devices: readonly Device[]])[] = [
  ["a device is gone", [makeDevice()]],
  ["the order changes", [makeDevice({ id: "2" }), makeDevice()]],
  ["a label changes", [makeDevice({ os: "linux" }), makeDevice({ id: "2" })]],
  ["an address changes", [makeDevice({ addresses: ["100.64.0.8"] }), makeDevice({ id: "2" })]],
  ["only an address is gone", [makeDevice({ addresses: [] }), makeDevice({ id: "2" })]],
];
for (const [title, devices] of CHANGES) {
  Deno.test(`Discovery.current() has another version when ${title}, and other targets`, async () => {
    const { discovery, set } = changing([makeDevice(), makeDevice({ id: "2" })]);
    const before = await discovery.current();
    const groups = JSON.stringify([...before?.devices(ALL) ?? []]);
    set(devices);
    const after = await discovery.current();
    assertEquals(after?.version === before?.version, false);
    assertEquals(JSON.stringify([...after?.devices(ALL) ?? []]) === groups, false);
    // What was handed out stays as it was.
    assertEquals(JSON.stringify([...before?.devices(ALL) ?? []]), groups);
  });
}

Deno.test("Discovery.current() has another version after facts were lost", async () => {
  const { discovery, set } = changing([makeDevice()]);
  const before = await discovery.current();
  set(undefined);
  assertEquals(await discovery.current(), undefined);
  set([makeDevice()]);
  assertEquals([undefined, before?.version].includes((await discovery.current())?.version), false);
});

/** A number of devices. */
function manyDevices(count: number): readonly Device[] {
  return Array.from({ length: count }, (_, at) => makeDevice({ id: `${at + 1}` }));
}

Deno.test("Discovery.current() pauses after each slice, and is made once for concurrent callers", async () => {
  let [nowMs, pauses] = [0, 0];
  const pause = () => Promise.resolve(void pauses++);
  const { discovery } = changing(manyDevices(40), { elapsed: () => nowMs++, pause });
  const [one, other] = await Promise.all([discovery.current(), discovery.current()]);
  // 8 ms a slice, 1 ms a look at the clock.
  assertEquals(pauses, 5);
  assertEquals([one?.version, [...one?.devices(ALL) ?? []].length], [other?.version, 40]);
  await discovery.current();
  assertEquals(pauses, 5);
});

Deno.test("Discovery.current() is about the newest list, also for one that came during a pause", async () => {
  let nowMs = 0;
  const late: Promise<number | undefined>[] = [];
  const countNow = async () => [...(await discovery.current())?.devices(ALL) ?? []].length;
  const pause = async () => {
    await Promise.resolve();
    if (late.length > 0) return;
    set(manyDevices(3));
    late.push(countNow(), countNow());
  };
  const { discovery, set } = changing(manyDevices(20), { elapsed: () => nowMs++, pause });
  assertEquals(await countNow(), 20);
  assertEquals(await Promise.all(late), [3, 3]);
});

Deno.test("Discovery lists names of devices as JSON that is safe for terminals", async () => {
  const known = [makeKnown(makeDevice({ hostname: 'n"\u009b\u202e\ud800' }))];
  const [group] = await listDevices(discover(known), ALL) ?? [];
  assertEquals(/hostname":"([^,]*)"/.exec(group?.labels ?? "")?.[1], 'n\\"\\u009b\\u202e\\ud800');
});
