import { assertEquals } from "@std/assert";
import { addressVersion, bracketed, canonicalAddress, isInAny, parseCidr } from "../src/cidr.ts";

Deno.test("parseCidr() clears host bits and writes the canonical spelling", () => {
  const cases: readonly (readonly [text: string, version: 4 | 6, canonical: string])[] = [
    ["100.64.0.0/10", 4, "100.64.0.0/10"],
    ["10.1.2.3/8", 4, "10.0.0.0/8"],
    ["10.1.2.3", 4, "10.1.2.3/32"],
    ["0.0.0.0/0", 4, "0.0.0.0/0"],
    ["255.255.255.255/32", 4, "255.255.255.255/32"],
    ["fd7a:115c:a1e0::/48", 6, "fd7a:115c:a1e0::/48"],
    ["FD7A:115C:A1E0:0:0:0:0:1/128", 6, "fd7a:115c:a1e0::1/128"],
    ["::/0", 6, "::/0"],
    ["::1", 6, "::1/128"],
    ["1::", 6, "1::/128"],
    ["2001:db8:0:0:1:0:0:1", 6, "2001:db8::1:0:0:1/128"],
    ["2001:0:0:1:0:0:0:1", 6, "2001:0:0:1::1/128"],
    ["1:0:2:3:4:5:6:7", 6, "1:0:2:3:4:5:6:7/128"],
    ["64:ff9b::192.0.2.33/96", 6, "64:ff9b::/96"],
    ["2001:db8:ff::/41", 6, "2001:db8:80::/41"],
    ["::ffff:192.168.0.0/112", 4, "192.168.0.0/16"],
    ["::ffff:c0a8:1", 4, "192.168.0.1/32"],
    ["::ffff:0:0/96", 4, "0.0.0.0/0"],
    ["::ffff:0:0/80", 6, "::/80"],
  ];
  for (const [text, version, canonical] of cases) {
    const cidr = parseCidr(text);
    assertEquals(cidr?.toString(), canonical, text);
    assertEquals(cidr?.version, version, text);
  }
});

Deno.test("parseCidr() refuses what is not exactly a block", () => {
  const cases: readonly string[] = [
    "",
    "/",
    "/8",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0.0/8/8",
    "10.0.0.0/8 ",
    " 10.0.0.0/8",
    "10.0.0/8",
    "10.0.0.0.0/8",
    "10.0.0.256/8",
    "10.0.0.01/8",
    "0x0a.0.0.0/8",
    "10.0.0.1e0/8",
    "١٠.0.0.0/8",
    "::/129",
    ":::/0",
    ":/0",
    "1:2:3:4:5:6:7/64",
    "1:2:3:4:5:6:7:8:9/64",
    "1:2:3:4:5:6:7:8::/64",
    "::1:2:3:4:5:6:7:8/64",
    "1::2::3/64",
    "12345::/16",
    "g::/16",
    ":1::/16",
    "fe80::1%eth0/64",
    "1.2.3.4::/16",
    "::1.2.3.4:1/16",
    "::1.2.3/16",
    "[::1]/128",
    "1:2:3:4:5:6:7:1.2.3.4/64",
    "localhost",
    "0".repeat(1000),
  ];
  for (const text of cases) assertEquals(parseCidr(text)?.toString(), undefined, text);
});

Deno.test("Cidr.contains() compares addresses of one family, mapped ones as IPv4", () => {
  const cases: readonly (readonly [cidr: string, address: string, expected: boolean])[] = [
    ["100.64.0.0/10", "100.64.0.0", true],
    ["100.64.0.0/10", "100.127.255.255", true],
    ["100.64.0.0/10", "100.63.255.255", false],
    ["100.64.0.0/10", "100.128.0.0", false],
    ["100.64.0.0/10", "::ffff:100.64.0.1", true],
    ["100.64.0.0/10", "::ffff:6440:1", true],
    ["100.64.0.0/10", "::100.64.0.1", false],
    ["100.64.0.0/10", "100.64.0.1:80", false],
    ["100.64.0.0/10", "100.064.0.1", false],
    ["100.64.0.0/10", "", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["0.0.0.0/0", "::", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.3", "10.1.2.4", false],
    ["fd7a:115c:a1e0::/48", "fd7a:115c:a1e0:ab12::1", true],
    ["fd7a:115c:a1e0::/48", "FD7A:115C:A1E0::1", true],
    ["fd7a:115c:a1e0::/48", "fd7a:115c:a1e1::1", false],
    ["fd7a:115c:a1e0::/48", "fd7a:115c:a1e0::1%eth0", false],
    ["::/0", "::ffff:127.0.0.1", false],
    ["::/80", "::ffff:127.0.0.1", false],
    ["::ffff:0:0/96", "127.0.0.1", true],
  ];
  for (const [cidr, address, expected] of cases) {
    assertEquals(parseCidr(cidr)?.contains(address), expected, `${cidr} ${address}`);
  }
});

Deno.test("addressVersion() tells the family, undefined for anything else", () => {
  assertEquals(addressVersion("100.64.0.7"), 4);
  assertEquals(addressVersion("::ffff:100.64.0.7"), 4);
  assertEquals(addressVersion("fd7a:115c:a1e0::7"), 6);
  assertEquals(addressVersion("gateway-1"), undefined);
  assertEquals(addressVersion("100.64.0.0/10"), undefined);
});

Deno.test("canonicalAddress() gives one spelling for one address", () => {
  assertEquals(canonicalAddress("FD7A:115C:A1E0:0::0007"), "fd7a:115c:a1e0::7");
  assertEquals(canonicalAddress("::ffff:6440:7"), "100.64.0.7");
  assertEquals(canonicalAddress("0:0:0:0:0:0:0:0"), "::");
  assertEquals(canonicalAddress("100.64.0.7 "), undefined);
});

Deno.test("bracketed() puts an IPv6 address in brackets, and nothing else", () => {
  const hosts = ["100.64.0.7", "node-a.example.ts.net", "fd7a:115c:a1e0::1", "::"];
  assertEquals(hosts.map(bracketed), [
    "100.64.0.7",
    "node-a.example.ts.net",
    "[fd7a:115c:a1e0::1]",
    "[::]",
  ]);
});

Deno.test("isInAny() is what the blocks say one by one", () => {
  const blocks = ["10.0.0.0/8", "fd00::/8"].map(parseCidr).filter((block) => block !== undefined);
  const addresses = ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "11.0.0.1", "fe80::1", "x", ""];
  assertEquals(
    addresses.map((address) => isInAny(address, blocks)),
    addresses.map((address) => blocks.some((block) => block.contains(address))),
  );
  assertEquals(addresses.map((address) => isInAny(address, [])), addresses.map(() => false));
  const own = { version: 4, contains: (address: string) => address === "1.2.3.4" } as const;
  assertEquals(["1.2.3.4", "1.2.3.5"].map((address) => isInAny(address, [own])), [true, false]);
});
