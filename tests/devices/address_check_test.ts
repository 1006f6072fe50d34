import { assertEquals } from "@std/assert";
import { parseCidr } from "../../src/cidr.ts";
import { createAddressCheck } from "../../src/devices/address_check.ts";

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
