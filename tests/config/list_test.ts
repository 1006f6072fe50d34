import { assertEquals } from "@std/assert";
import {
  cidrList,
  demoList,
  MAX_DEMO_DEVICES,
  patternList,
  someOf,
  tagList,
  tagOrNone,
  tagPatternList,
} from "../../src/config/list.ts";
import { MAX_FLEET_SIZE, planDevices } from "../../src/demo/mod.ts";

Deno.test("patternList() drops blanks around items and empty items", () => {
  const kind = patternList();
  assertEquals(kind.parse(" gateway-*, Bob's iPhone ,,n3?.example.ts.net,"), [
    "gateway-*",
    "Bob's iPhone",
    "n3?.example.ts.net",
  ]);
  assertEquals(kind.parse(""), []);
});

Deno.test("patternList() refuses commas alone, control characters and items over 253 characters", () => {
  const kind = patternList();
  assertEquals([",", " , ", "a\tb", "a,b\u0000"].map((given) => kind.parse(given)), [
    ...Array<undefined>(4).fill(undefined),
  ]);
  assertEquals(kind.parse("x".repeat(253)), ["x".repeat(253)]);
  assertEquals(kind.parse("x".repeat(254)), undefined);
});

Deno.test("someOf() takes words in any case and order, all of them, or none", () => {
  const kind = someOf("mullvad", "funnel", "sharee");
  const cases: readonly (readonly [text: string, words: readonly string[] | undefined])[] = [
    ["", []],
    ["sharee, Mullvad,sharee", ["mullvad", "sharee"]],
    ["ALL", ["mullvad", "funnel", "sharee"]],
    ["funnel,all", ["mullvad", "funnel", "sharee"]],
    [",", undefined],
    ["mullvad,tor", undefined],
    ["mullvad funnel", undefined],
  ];
  for (const [text, words] of cases) assertEquals<unknown>(kind.parse(text), words, text);
});

Deno.test("tagList() keeps tags without their prefix", () => {
  const kind = tagList();
  assertEquals(kind.parse("tag:prod, critical,a_b-1"), ["prod", "critical", "a_b-1"]);
  assertEquals(kind.parse("location:sgp1,k8s.node,é"), ["location:sgp1", "k8s.node", "é"]);
  assertEquals(["tag:", "a b", "-a", "a:", "tag:tag:a", '"a"'].map((given) => kind.parse(given)), [
    ...Array<undefined>(6).fill(undefined),
  ]);
});

Deno.test("tagPatternList() keeps patterns without the tags' prefix", () => {
  const kind = tagPatternList();
  assertEquals(kind.parse("exp*,tag:*-?,prod"), ["exp*", "*-?", "prod"]);
  assertEquals(kind.parse("location:*"), ["location:*"]);
  assertEquals(["tag:", "a b", "-a", "a:*:", "[ab]"].map((given) => kind.parse(given)), [
    ...Array<undefined>(5).fill(undefined),
  ]);
});

Deno.test("tagOrNone() takes one tag or nothing", () => {
  const kind = tagOrNone();
  assertEquals(["exporter", "tag:exporter", "", "a,b", "tag:"].map((given) => kind.parse(given)), [
    "exporter",
    "exporter",
    "",
    undefined,
    undefined,
  ]);
});

Deno.test("demoList() takes names, demo or demo:N", () => {
  const kind = demoList();
  assertEquals(kind.parse("gateway-1,gateway-2"), ["gateway-1", "gateway-2"]);
  assertEquals(kind.parse("demo"), ["demo"]);
  assertEquals(kind.parse("demo:1"), ["demo:1"]);
  assertEquals([kind.parse("Demo"), kind.parse("DEMO:07")], [["demo"], ["demo:07"]]);
  assertEquals(kind.parse(`demo:${MAX_DEMO_DEVICES}`), [`demo:${MAX_DEMO_DEVICES}`]);
  const refused = [
    "demo:0",
    `demo:${MAX_DEMO_DEVICES + 1}`,
    "demo:",
    "demo:x",
    "demo,gateway-1",
    "gateway-1,demo:3",
    "a b",
    "-a",
    "x".repeat(64),
    "a/b",
    ",",
    "Demo,gateway-1",
    "true",
    "False",
    "on",
    "gateway-1,no",
  ];
  assertEquals(refused.map((given) => kind.parse(given)), Array(refused.length).fill(undefined));
});

Deno.test("cidrList() takes blocks and addresses and describes them as text", () => {
  const kind = cidrList();
  const blocks = kind.parse("10.1.2.3/8, fd00::/8,192.0.2.1") ?? [];
  assertEquals(kind.describe(blocks), ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"]);
  assertEquals(blocks.map((block) => block.contains("10.9.9.9")), [true, false, false]);
  assertEquals(
    ["10.0.0.0/33", "10.0.0/8", "host", "10.0.0.0/8,x"].map((given) => kind.parse(given)),
    [
      ...Array<undefined>(4).fill(undefined),
    ],
  );
});

Deno.test("demoList() takes the largest demo that there is, and none that there is not", () => {
  assertEquals(MAX_DEMO_DEVICES, MAX_FLEET_SIZE);
  assertEquals(planDevices([`demo:${MAX_DEMO_DEVICES}`], 7).length, 10_000);
});

Deno.test("tagList() takes tags of 100 characters, and so do patterns and single tags", () => {
  for (const kind of [tagList(), tagPatternList()]) {
    assertEquals(kind.parse("x".repeat(100)), ["x".repeat(100)]);
    assertEquals(kind.parse("x".repeat(101)), undefined);
  }
  assertEquals(tagOrNone().parse("x".repeat(100)), "x".repeat(100));
  assertEquals(tagOrNone().parse("x".repeat(101)), undefined);
});

Deno.test("demoList() takes names of 63 characters", () => {
  assertEquals(demoList().parse("x".repeat(63)), ["x".repeat(63)]);
  assertEquals(demoList().parse("x".repeat(64)), undefined);
});
