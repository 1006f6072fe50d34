import { assertEquals } from "@std/assert";
import { parseCidr } from "../../src/cidr.ts";
import { createAddressCheck, isTailscaleAddress } from "../../src/devices/address.ts";

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

Deno.test("createAddressCheck() takes the operator's blocks besides", () => {
  const blocks = ["10.1.0.0/16", "2001:db8::/32"].map(parseCidr).filter((c) => c !== undefined);
  const isAllowed = createAddressCheck(blocks);
  assertEquals(isAllowed("10.1.2.3"), true);
  assertEquals(isAllowed("10.2.2.3"), false);
  assertEquals(isAllowed("2001:db8::1"), true);
  assertEquals(isAllowed("100.64.0.7"), true);
  assertEquals(createAddressCheck()("10.1.2.3"), false);
  const via = ["fd7a:115c:a1e0:b1a::/64"].map(parseCidr).filter((c) => c !== undefined);
  assertEquals(createAddressCheck(via)("fd7a:115c:a1e0:b1a:0:1:a01:203"), true);
});
