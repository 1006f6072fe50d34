import { assertEquals } from "@std/assert";
import { portRuleList } from "../../src/config/port_rule.ts";

const kind = portRuleList();

Deno.test("portRuleList() takes ports by tag and by name, in their order", () => {
  const rules = kind.parse("tag:k8s=9002, proxy-* = 9002,tag:a:b=80,gw?=:65535,");
  assertEquals(rules, [
    { pattern: "k8s", isTag: true, port: 9002 },
    { pattern: "proxy-*", isTag: false, port: 9002 },
    { pattern: "a:b", isTag: true, port: 80 },
    { pattern: "gw?", isTag: false, port: 65535 },
  ]);
  assertEquals(kind.describe(rules ?? []), [
    "tag:k8s=9002",
    "proxy-*=9002",
    "tag:a:b=80",
    "gw?=65535",
  ]);
  assertEquals(kind.parse(""), []);
});

Deno.test("portRuleList() refuses what is no pattern and port", () => {
  for (
    const text of [
      "9002",
      "tag:k8s",
      "tag:k8s=",
      "=9002",
      "tag:=9002",
      "tag:k8s=0",
      "tag:k8s=65536",
      "tag:k8s=09002",
      "tag:k8s=::9002",
      "tag:k8s=:0",
      "tag:k8s:9002",
      "tag:k8s=9002;tag:b=1",
      "tag:a=b=80",
      "a\u0007=1",
      ",",
    ]
  ) assertEquals(kind.parse(text), undefined, text);
});
