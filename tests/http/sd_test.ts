import { assert, assertEquals } from "@std/assert";
import { createDiscovery, type DiscoveryAnswersOptions } from "../../src/http/sd.ts";
import type { DeviceQuery, TargetGroup } from "../../src/devices/discovery.ts";
import type { Views } from "../../src/http/view.ts";
import type { Shard } from "../../src/shard.ts";
import { get } from "./_fake_views.ts";

const GROUPS: readonly TargetGroup[] = [
  { targets: ["100.64.0.7:9100"], labels: '{"__meta_tailscale_device_name":"n ä"}' },
];

function setUp(
  groups: readonly (TargetGroup | undefined)[] = GROUPS,
  options: Partial<Pick<DiscoveryAnswersOptions, "address" | "nonce" | "slices">> & {
    readonly shard?: Shard;
  } = {},
) {
  const asked: (DeviceQuery | boolean | undefined)[] = [];
  const list = (query: DeviceQuery | boolean | undefined) => {
    asked.push(query);
    return state.groups ?? [];
  };
  const state: { version: number | undefined; groups: typeof groups } = { version: 1, groups };
  const views: Pick<Views, "shard" | "discovery"> = {
    shard: options.shard,
    discovery: {
      current: () =>
        Promise.resolve(
          state.version === undefined
            ? undefined
            : { version: state.version, devices: list, pages: list },
        ),
    },
  };
  const { address, nonce = "n", slices = {} } = options;
  return { asked, state, ...createDiscovery({ views, address, nonce, slices }) };
}

function ask(url: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(url, { headers });
}

Deno.test("createDiscovery() lists shards as targets of this server", async () => {
  const response = await setUp().shards(get("/sd/shards?shards=2"));
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.json(), [
    {
      targets: ["127.0.0.1:9100"],
      labels: {
        shard: "0",
        __metrics_path__: "/metrics",
        __param_shard: "0",
        __param_shards: "2",
      },
    },
    {
      targets: ["127.0.0.1:9100"],
      labels: {
        shard: "1",
        __metrics_path__: "/metrics",
        __param_shard: "1",
        __param_shards: "2",
      },
    },
  ]);
});

const PLACES: readonly (readonly [url: string, target: string | undefined, scheme?: string])[] = [
  ["http://tsmetrics/sd/shards?shards=1", "tsmetrics:80"],
  ["http://TSmetrics.example.com:9100/sd/shards?shards=1", "tsmetrics.example.com:9100"],
  ["http://[fd00::1]:9100/sd/shards?shards=1", "[fd00::1]:9100"],
  ["https://10.0.0.1/sd/shards?shards=1", "10.0.0.1:443", "https"],
  ["http://a_b:9100/sd/shards?shards=1", "a_b:9100"],
  ["http://a$b:9100/sd/shards?shards=1", undefined],
  ["http://a'b/sd/shards?shards=1", undefined],
  ["http://-a/sd/shards?shards=1", undefined],
  ["http://a..b:9100/sd/shards?shards=1", undefined],
  ["http://a:0/sd/shards?shards=1", undefined],
  [`http://${"a".repeat(253)}/sd/shards?shards=1`, `${"a".repeat(253)}:80`],
  [`http://${"a".repeat(254)}/sd/shards?shards=1`, undefined],
];
for (const [url, target, scheme] of PLACES) {
  Deno.test(`createDiscovery() gives ${target?.slice(0, 40) ?? "nothing"} as the place of ${url.slice(0, 50)}`, async () => {
    const response = await setUp().shards(ask(url));
    assertEquals(response.status, target === undefined ? 400 : 200);
    if (target === undefined) {
      assertEquals(
        await response.text(),
        "Bad Request: want a Host that is a name or an address.\n",
      );
    } else {
      const [group] = await response.json();
      assertEquals([group.targets, group.labels.__scheme__], [[target], scheme]);
    }
  });
}

Deno.test("createDiscovery() takes no Host that is empty, or that names a user", async () => {
  const asked = [
    ask("http://localhost:9100/sd/shards?shards=1", { host: "" }),
    ask("http://b/sd/shards?shards=1", { host: "@b" }),
    ask("http://a@b/sd/shards?shards=1", { host: "a@b" }),
    ask("http://a@b/sd/shards?shards=1"),
    ask("http://:a@b:9100/sd/shards?shards=1"),
  ];
  for (const request of asked) {
    const response = await setUp().shards(request);
    assertEquals([response.status, await response.text()], [
      400,
      "Bad Request: want a Host that is a name or an address.\n",
    ]);
  }
  const { shards } = setUp();
  const [group] = await (await shards(ask("http://b:9/sd/shards?shards=1", { host: "b:9" })))
    .json();
  assertEquals(group.targets, ["b:9"]);
});

Deno.test("createDiscovery() gives the address that is set, whatever was asked", async () => {
  const { shards } = setUp([], { address: "tsmetrics.example.com:443" });
  const [group] = await (await shards(ask("http://a$b:9100/sd/shards?shards=1"))).json();
  assertEquals(group.targets, ["tsmetrics.example.com:443"]);
});

Deno.test("createDiscovery() lists no shards of a process that is one", async () => {
  const { shards } = setUp([], { shard: { index: 1, count: 4 } });
  const response = await shards(get("/sd/shards?shards=4"));
  assertEquals([response.status, await response.text()], [
    400,
    "Bad Request: this process looks after shard 1/4 only, as SHARD says: list the processes in " +
    "the configuration of Prometheus.\n",
  ]);
});

Deno.test("createDiscovery() hands on what is asked of devices and pages", async () => {
  const { asked, devices, pages } = setUp();
  (await devices(get("/sd/devices?port=9100&tag=server&online=true&address=ipv6"))).body?.cancel();
  (await pages(get("/sd/pages"))).body?.cancel();
  (await pages(get("/sd/pages?online=all"))).body?.cancel();
  assertEquals(asked, [
    {
      tags: [{ tag: "tag:server", port: undefined }],
      port: 9100,
      isOnline: true,
      address: "ipv6",
    },
    true,
    undefined,
  ]);
});

Deno.test("createDiscovery() says of a faulty query what is wanted, and repeats nothing", async () => {
  const { asked, shards, devices, pages } = setUp();
  for (const answer of [shards, devices, pages]) {
    const response = await answer(get("/sd/x?c4n4ry=c4n4ry"));
    const text = await response.text();
    assertEquals(response.status, 400);
    assert(/^Bad Request: want .*\.\n$/.test(text) && !text.includes("c4n4ry"), text);
  }
  assertEquals(asked, []);
});

Deno.test("createDiscovery() gives the whole list, well-formed, with length and tag", async () => {
  const response = await setUp().devices(get("/sd/devices?port=9100"));
  const bytes = await response.bytes();
  assertEquals(Object.fromEntries(response.headers), {
    "cache-control": "private, no-cache",
    "content-length": String(bytes.length),
    "content-type": "application/json",
    "etag": response.headers.get("etag") ?? "",
  });
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  assertEquals(
    text,
    '[{"targets":["100.64.0.7:9100"],"labels":{"__meta_tailscale_device_name":"n ä"}}]\n',
  );
});

Deno.test("createDiscovery() gives an empty list for nothing, and an error while nothing is known", async () => {
  const empty = await setUp([]).pages(get("/sd/pages"));
  assertEquals([empty.status, await empty.text()], [200, "[]\n"]);
  const views = {
    shard: undefined,
    discovery: { current: () => Promise.resolve(undefined) },
  };
  const unknown = createDiscovery({ views });
  for (const asked of [unknown.pages(get("/sd/pages")), unknown.devices(get("/sd/devices"))]) {
    const response = await asked;
    assertEquals(
      [response.status, response.headers.get("retry-after"), await response.text()],
      [503, "5", "Service Unavailable: no list of devices yet.\n"],
    );
  }
  const shards = await unknown.shards(get("/sd/shards?shards=1"));
  assertEquals([shards.status, (await shards.json()).length], [200, 1]);
});

Deno.test("createDiscovery() answers 304 to those who have the list already", async () => {
  const { devices } = setUp();
  const first = await devices(get("/sd/devices"));
  const etag = first.headers.get("etag") ?? "";
  assert(/^"[\w-]{22}"$/.test(etag), etag);
  await first.body?.cancel();
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const response = await devices(get("/sd/devices", { "if-none-match": known }));
    assertEquals([response.status, response.headers.get("etag"), response.body], [304, etag, null]);
  }
  for (const other of ['"other"', "", etag.slice(1, -1)]) {
    const response = await devices(get("/sd/devices", { "if-none-match": other }));
    assertEquals(response.status, 200, other);
    await response.body?.cancel();
  }
});

Deno.test("createDiscovery() gives another tag to each version, query and process", async () => {
  const { state, devices, pages, shards } = setUp();
  const other = setUp(GROUPS, { nonce: "other" });
  const tag = async (response: Promise<Response>) => (await response).headers.get("etag");
  const tags = [
    await tag(devices(get("/sd/devices"))),
    await tag(devices(get("/sd/devices?port=1"))),
    await tag(devices(get("/sd/devices?online=true"))),
    await tag(pages(get("/sd/pages"))),
    await tag(pages(get("/sd/pages?online=all"))),
    await tag(shards(get("/sd/shards?shards=1"))),
    await tag(shards(get("/sd/shards?shards=2"))),
    await tag(other.devices(get("/sd/devices"))),
  ];
  state.version = 2;
  tags.push(await tag(devices(get("/sd/devices"))));
  assertEquals(new Set(tags).size, tags.length);
});

Deno.test("createDiscovery() makes a list once a version, however often it is asked for", async () => {
  const { asked, state, devices } = setUp();
  for (const url of ["/sd/devices?port=1&online=true", "/sd/devices?online=true&port=1"]) {
    assertEquals((await (await devices(get(url))).json()).length, 1);
  }
  assertEquals(asked.length, 1);
  state.version = 2;
  state.groups = [];
  assertEquals(await (await devices(get("/sd/devices?port=1&online=true"))).json(), []);
  assertEquals(asked.length, 2);
});

Deno.test("createDiscovery() makes no list for those who have it already", async () => {
  const { asked, devices } = setUp();
  const etag = (await devices(get("/sd/devices", {}, "HEAD"))).headers.get("etag") ?? "";
  const fresh = setUp();
  const response = await fresh.devices(get("/sd/devices", { "if-none-match": etag }));
  assertEquals([response.status, fresh.asked.length, asked.length], [304, 0, 1]);
  await response.body?.cancel();
});

Deno.test("createDiscovery() keeps no list of devices that are not known any more", async () => {
  const { asked, state, devices } = setUp();
  (await devices(get("/sd/devices"))).body?.cancel();
  state.version = undefined;
  assertEquals((await devices(get("/sd/devices"))).status, 503);
  state.version = 1;
  (await devices(get("/sd/devices"))).body?.cancel();
  assertEquals(asked.length, 2);
});

Deno.test("createDiscovery() makes a long list in slices, once for concurrent requests", async () => {
  let [nowMs, pauses] = [0, 0];
  const pause = () => Promise.resolve(void pauses++);
  const places = Array.from({ length: 40 }, (_, at) => at % 4 === 0 ? GROUPS[0] : undefined);
  const { asked, devices } = setUp(places, { slices: { elapsed: () => nowMs++, pause } });
  const waiting = [devices(get("/sd/devices")), devices(get("/sd/devices"))];
  for (const response of waiting) assertEquals((await (await response).json()).length, 10);
  // A step for each of 40 places, brackets and the copy at the end; 8 of them in a slice.
  assertEquals([asked.length, pauses], [1, 5]);
});
