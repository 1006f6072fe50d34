import { assertEquals } from "@std/assert";
import { targetNameOf } from "../../src/devices/_target_name.ts";
import { makeDevice } from "./_device.ts";

const NAMES = ["node-a", "node-a.tail0001.ts.net", "a_b", "7.tail0001.ts.net", "1e3", "a.0x7g"];
NAMES.push("x".repeat(63));

Deno.test("targetNameOf() gives names, as they are", () => {
  const names = [...NAMES, "Node-A", "localhost.tail0001.ts.net", "deadbeef", "ip6-gateway"];
  assertEquals(names.map((name) => targetNameOf(makeDevice({ name }))), names);
});

const ADDRESSES = ["127.0.0.1", "169.254.169.254", "127.1", "127.0.1", "2130706433", "0x7f000001"];
ADDRESSES.push("0X7F.1", "0177.0.0.1", "017700000001", "0", "0x", "1.2.3.4.5", "a.1", "tail.0x1f");
ADDRESSES.push("100.100.100.100", "::1", "[::1]", "fd7a:115c:a1e0::1", "::ffff:127.0.0.1");

Deno.test("targetNameOf() gives no address, in whatever form", () => {
  for (const name of ADDRESSES) {
    assertEquals([name, targetNameOf(makeDevice({ name }))], [name, undefined]);
  }
});

const OTHERS = ["localhost", "LOCALHOST", "a.localhost", "localhost.localdomain", "ip6-localhost"];
OTHERS.push("ip6-loopback", "ip6-allnodes", "", ".", "a..b", ".a", "a.", "-a", "a-", "a.-b", "a/b");
OTHERS.push("a:80", "a b", "a@b", "ä", "a%2e", "x".repeat(64), Array(64).fill("abc").join("."));

Deno.test("targetNameOf() gives neither the asking machine's names nor what is no name", () => {
  for (const name of OTHERS) {
    assertEquals([name, targetNameOf(makeDevice({ name }))], [name, undefined]);
  }
});

Deno.test("targetNameOf() gives no dotted name that the device chose itself", () => {
  const named = (name: string, hostname: string) => targetNameOf(makeDevice({ name, hostname }));
  assertEquals(named("metadata.google.internal", "metadata.google.internal"), undefined);
  assertEquals(named("node-a", "node-a"), "node-a");
  assertEquals(named("node-a.tail0001.ts.net", "node-a"), "node-a.tail0001.ts.net");
});
