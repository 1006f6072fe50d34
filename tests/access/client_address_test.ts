import { assertEquals } from "@std/assert";
import { clientOf } from "../../src/access/client_address.ts";
import { parseCidr } from "../../src/cidr.ts";

const TRUSTED = ["127.0.0.1", "10.0.0.0/8"].map(parseCidr).filter((one) => one !== undefined);

Deno.test("clientOf() believes trusted proxies, and goes back from the nearest", () => {
  for (
    const [address, forwarded, client] of [
      ["100.64.0.1", "1.2.3.4", "100.64.0.1"],
      ["127.0.0.1", undefined, "127.0.0.1"],
      ["127.0.0.1", "100.64.0.1", "100.64.0.1"],
      ["127.0.0.1", "6.6.6.6, 100.64.0.1", "100.64.0.1"],
      ["127.0.0.1", "6.6.6.6, 100.64.0.1, 10.0.0.9", "100.64.0.1"],
      ["127.0.0.1", "10.0.0.1,10.0.0.2", "10.0.0.1"],
      ["127.0.0.1", "100.64.0.1, evil", "127.0.0.1"],
      ["127.0.0.1", "100.64.0.1, evil, 10.0.0.9", "10.0.0.9"],
      ["127.0.0.1", "", "127.0.0.1"],
      ["127.0.0.1", ",,,", "127.0.0.1"],
      ["127.0.0.1", "[fd7a::1]:443", "fd7a::1"],
      ["127.0.0.1", "[fd7a::1]", "fd7a::1"],
      ["127.0.0.1", "100.64.0.1:5123", "100.64.0.1"],
      ["127.0.0.1", `1.1.1.1, ${Array(16).fill("10.0.0.1").join(", ")}`, "10.0.0.1"],
    ] as const
  ) assertEquals(clientOf({ address, forwarded, login: undefined }, TRUSTED).address, client);
});

Deno.test("clientOf() takes a login from a trusted proxy only", () => {
  const login = "a@example.com";
  for (
    const [address, trusted, expected] of [
      ["127.0.0.1", TRUSTED, login],
      ["127.0.0.1", [], undefined],
      ["100.64.0.1", TRUSTED, undefined],
    ] as const
  ) assertEquals(clientOf({ address, forwarded: undefined, login }, trusted).login, expected);
});
