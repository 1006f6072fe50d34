import { assertEquals } from "@std/assert";
import { readConnectivity } from "../../src/tailscale/connectivity.ts";

Deno.test("readConnectivity() reads what a client knows, nulls left out", () => {
  const value = {
    endpoints: ["192.0.2.1:41641", "[2001:db8::1]:41641"],
    mappingVariesByDestIP: true,
    latency: {
      "New York City": { preferred: true, latencyMs: 31.323811 },
      Dallas: { latencyMs: 0 },
    },
    clientSupports: { hairPinning: true, ipv6: false, pcp: null, pmp: 1, udp: true, other: true },
  };
  assertEquals(readConnectivity(value), {
    endpointCount: 2,
    mappingVariesByDestIp: true,
    regions: [
      { name: "New York City", isPreferred: true },
      { name: "Dallas", isPreferred: false },
    ],
    latenciesMs: [31.323811, 0],
    supports: new Map<"hairpinning" | "ipv6" | "udp", boolean>([
      ["hairpinning", true],
      ["ipv6", false],
      ["udp", true],
    ]),
  });
});

Deno.test("readConnectivity() is undefined for anything but an object", () => {
  for (const value of [undefined, null, [], "x", 1, true]) {
    assertEquals(readConnectivity(value), undefined);
  }
});

Deno.test("readConnectivity() leaves out each field of the wrong type alone", () => {
  const nothing = {
    endpointCount: undefined,
    mappingVariesByDestIp: undefined,
    regions: [],
    latenciesMs: [],
    supports: new Map(),
  };
  assertEquals(readConnectivity({}), nothing);
  assertEquals(
    readConnectivity({
      endpoints: null,
      mappingVariesByDestIP: null,
      latency: [],
      clientSupports: "x",
    }),
    nothing,
  );
  assertEquals(readConnectivity({ endpoints: [1, null, "a:1"] }), {
    ...nothing,
    endpointCount: 1,
  });
});

Deno.test("readConnectivity() leaves out latencies that are no positive number", () => {
  const text = `{"latency":{
    "a":{"latencyMs":-1},"b":{"latencyMs":1e999},"c":{"latencyMs":"1"},"d":null,"e":[],
    "":{"latencyMs":1},"\\ud800":{"latencyMs":1},"${"x".repeat(1025)}":{"latencyMs":1},
    "__proto__":{"latencyMs":2,"preferred":"yes"},"f":{"latencyMs":3,"preferred":true}
  }}`;
  const connectivity = readConnectivity(JSON.parse(text));
  assertEquals(connectivity?.regions, [
    { name: "__proto__", isPreferred: false },
    { name: "f", isPreferred: true },
  ]);
  assertEquals(connectivity?.latenciesMs, [2, 3]);
});

Deno.test("readConnectivity() keeps 256 regions", () => {
  for (const length of [256, 257, 1000]) {
    const latency = Object.fromEntries(
      Array.from({ length }, (_, index) => [`region ${index}`, { latencyMs: index }]),
    );
    const { regions = [], latenciesMs = [] } = readConnectivity({ latency }) ?? {};
    assertEquals([regions.length, regions.at(-1)?.name], [256, "region 255"]);
    assertEquals([latenciesMs.length, latenciesMs.at(-1)], [256, 255]);
  }
});
