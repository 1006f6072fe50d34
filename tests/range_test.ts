import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isInAny, parseCidr } from "../src/cidr.ts";
import {
  isInTailscaleRange,
  isLoopbackAddress,
  isLoopbackHost,
  isTailscaleAddress,
} from "../src/range.ts";

Deno.test("isTailscaleAddress() takes what Tailscale gives to devices", () => {
  const cases: readonly (readonly [address: string, expected: boolean])[] = [
    ["100.64.0.7", true],
    ["100.127.255.254", true],
    ["::ffff:100.64.0.7", true],
    ["fd7a:115c:a1e0::7", true],
    ["FD7A:115C:A1E0:AB12::7", true],
    // The client's own services, the same on every machine.
    ["100.100.100.100", false],
    ["fd7a:115c:a1e0::53", false],
    // Virtual machines of ChromeOS.
    ["100.115.92.1", false],
    ["100.115.93.255", false],
    ["100.115.94.0", true],
    // 4via6: IPv4 addresses behind subnet routers.
    ["fd7a:115c:a1e0:b1a:0:1:a9fe:a9fe", false],
    ["fd7a:115c:a1e0:0b1a:0:7:127.0.0.1", false],
    ["fd7a:115c:a1e0:b1b::1", true],
    ["127.0.0.1", false],
    ["::1", false],
    ["169.254.169.254", false],
    ["::ffff:169.254.169.254", false],
    ["10.0.0.1", false],
    ["100.63.255.255", false],
    ["100.128.0.0", false],
    ["fd7a:115c:a1e1::7", false],
    ["0x64400007", false],
    ["1681915911", false],
    ["localhost", false],
    ["100.64.0.7/32", false],
    ["100.64.0.7:5252", false],
    ["", false],
  ];
  for (const [address, expected] of cases) {
    assertEquals(isTailscaleAddress(address), expected, address);
  }
});

/** Addresses near the ranges in many spellings, and some that are none. */
const near = fc.oneof(
  fc.tuple(fc.constantFrom("99", "100", "101", "0100"), fc.nat(300), fc.nat(300), fc.nat(300))
    .map((octets) => octets.join(".")),
  fc.ipV4(),
  fc.ipV6(),
  fc.tuple(
    fc.constantFrom("fd7a:115c:a1e0", "fd7a:115c:a1e1", "FD7A:115C:A1E0", "fd7a:115c:a1e0:"),
    fc.array(fc.constantFrom("", "0", "1", "ab1", "0ab1", "00ab1", "G"), { maxLength: 6 }),
  ).map(([start, groups]) => [start, ...groups].join(":")),
  fc.ipV4().map((address) => `::ffff:${address}`),
  fc.constantFrom("::ffff:100.64.0.1", "::ffff:6440:1", "100.64.0.1 ", "100.64.00.1", ""),
);

Deno.test("isInTailscaleRange() says what reading the address says", () => {
  const ranges = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"].map(parseCidr)
    .filter((block) => block !== undefined);
  let count = 0;
  fc.assert(
    fc.property(near, (address) => {
      const expected = isInAny(address, ranges);
      if (expected) count++;
      assertEquals(isInTailscaleRange(address), expected, address);
    }),
    { numRuns: 3000 },
  );
  assertEquals(count > 100, true);
});

Deno.test("isLoopbackAddress() takes this machine's own addresses", () => {
  const own = ["127.0.0.1", "127.255.255.254", "::1", "0:0::1", "::ffff:127.1.2.3"];
  const others = ["128.0.0.1", "126.0.0.1", "0.0.0.0", "::", "::2", "::ffff:10.0.0.1", "127.1"];
  for (const address of own) assertEquals(isLoopbackAddress(address), true, address);
  for (const address of others) assertEquals(isLoopbackAddress(address), false, address);
  for (const name of ["localhost", "[::1]", ""]) assertEquals(isLoopbackAddress(name), false, name);
});

Deno.test("isLoopbackHost() takes names and addresses as a URL writes them", () => {
  const own = ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "[::ffff:127.0.0.1]"];
  const others = [
    "",
    "example.com",
    "10.0.0.1",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "[::2]",
    "[::ffff:10.0.0.1]",
    "0.0.0.0",
  ];
  for (const host of own) assertEquals(isLoopbackHost(host), true, host);
  for (const host of others) assertEquals(isLoopbackHost(host), false, host);
});
