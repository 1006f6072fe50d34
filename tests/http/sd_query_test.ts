import { assertEquals } from "@std/assert";
import { readDeviceQuery, readPagesQuery, readShardsQuery } from "../../src/http/sd_query.ts";

const DEFAULT = { tags: [], port: undefined, isOnline: undefined, address: "any" } as const;

const DEVICE_QUERIES: readonly (readonly [query: string, expected: object])[] = [
  ["", {}],
  ["port=9100", { port: 9100 }],
  ["port=65535&online=true", { port: 65_535, isOnline: true }],
  ["online=false", { isOnline: false }],
  ["online=all", {}],
  ["address=ipv4", { address: "ipv4" }],
  ["address=ipv6", { address: "ipv6" }],
  ["address=name", { address: "name" }],
  ["tag=server", { tags: [{ tag: "tag:server", port: undefined }] }],
  ["tag=tag:Web-1&port=80", { tags: [{ tag: "tag:web-1", port: undefined }], port: 80 }],
  ["tag=server:9100&tag=tag:db:9187", {
    tags: [{ tag: "tag:server", port: 9100 }, { tag: "tag:db", port: 9187 }],
  }],
  ["tag=server&tag=db:9187&port=9100", {
    tags: [{ tag: "tag:server", port: undefined }, { tag: "tag:db", port: 9187 }],
    port: 9100,
  }],
  [`tag=${"a".repeat(100)}`, { tags: [{ tag: `tag:${"a".repeat(100)}`, port: undefined }] }],
  ["tag=location:sgp1&port=9100", {
    tags: [{ tag: "tag:location:sgp1", port: undefined }],
    port: 9100,
  }],
  ["tag=location:sgp1:9187", { tags: [{ tag: "tag:location:sgp1", port: 9187 }] }],
  ["tag=prod_db", { tags: [{ tag: "tag:prod_db", port: undefined }] }],
  ["tag=k8s.node", { tags: [{ tag: "tag:k8s.node", port: undefined }] }],
  ["tag=1", { tags: [{ tag: "tag:1", port: undefined }] }],
  ["tag=%C3%A4", { tags: [{ tag: "tag:ä", port: undefined }] }],
  ["tag=a:0", { tags: [{ tag: "tag:a:0", port: undefined }] }],
  ["tag=a:65536", { tags: [{ tag: "tag:a:65536", port: undefined }] }],
  ["tag=a:1:2", { tags: [{ tag: "tag:a:1", port: 2 }] }],
  ["tag=tag:9100", { tags: [{ tag: "tag:tag", port: 9100 }] }],
  [Array(50).fill("tag=a").join("&"), {
    tags: Array(50).fill({ tag: "tag:a", port: undefined }),
  }],
];
for (const [query, expected] of DEVICE_QUERIES) {
  Deno.test(`readDeviceQuery() reads "${query.slice(0, 40)}"`, () => {
    assertEquals(readDeviceQuery(new URLSearchParams(query)), { ...DEFAULT, ...expected });
  });
}

const FAULTY_DEVICE_QUERIES = ["port=", "port=0", "port=65536", "port=a", "port=1e3", "port=09100"];
FAULTY_DEVICE_QUERIES.push("port=1&port=1", "online=yes", "online=", "online=true&online=true");
FAULTY_DEVICE_QUERIES.push("address=any", "address=", "address=ipv4&address=ipv6", "address=IPv4");
FAULTY_DEVICE_QUERIES.push(
  "tag=",
  "tag=a,b",
  "tag=a b",
  "tag=a:",
);
FAULTY_DEVICE_QUERIES.push(
  "tag=tag:",
  "tag=:9100",
  "tag=-a",
  'tag="a"',
  "tag=a*",
  "tags=a",
  "Tag=a",
);
FAULTY_DEVICE_QUERIES.push("tag=a:1&tag=b", "x=1", "=", `tag=${"a".repeat(101)}`);
FAULTY_DEVICE_QUERIES.push(Array(51).fill("tag=a").join("&"));
for (const query of FAULTY_DEVICE_QUERIES) {
  Deno.test(`readDeviceQuery() refuses "${query.slice(0, 40)}"`, () => {
    assertEquals(readDeviceQuery(new URLSearchParams(query)), undefined);
  });
}

Deno.test("readShardsQuery() reads how many shards, from 1 to 1000, once", () => {
  const read = (query: string) => readShardsQuery(new URLSearchParams(query));
  assertEquals(["shards=1", "shards=8", "shards=1000"].map(read), [1, 8, 1000]);
  const faulty = ["", "shards=", "shards=0", "shards=1001", "shards=01", "shards=-1", "shards=a"];
  faulty.push("shards=2&x=1", "shard=0&shards=2");
  assertEquals(faulty.map(read), faulty.map(() => undefined));
});

Deno.test("readShardsQuery() refuses a second number", () => {
  assertEquals(readShardsQuery(new URLSearchParams("shards=2&shards=2")), undefined);
});

Deno.test("readPagesQuery() reads whether devices are to be online; default: they are", () => {
  const read = (query: string) => readPagesQuery(new URLSearchParams(query));
  assertEquals(["", "online=true", "online=false", "online=all"].map(read), [
    { isOnline: true },
    { isOnline: true },
    { isOnline: false },
    { isOnline: undefined },
  ]);
  const faulty = ["online=", "online=1", "online=all&online=all", "port=9100", "tag=a"];
  assertEquals(faulty.map(read), faulty.map(() => undefined));
});
