import { assertEquals } from "@std/assert";
import { quotaOf } from "../../src/access/quota.ts";
import type { UserClass, Visitor } from "../../src/access/visitor.ts";

function visitor(userClass: UserClass, user?: string): Visitor {
  return { userClass, user, device: "d" };
}

Deno.test("quotaOf() counts each user of a shared device once, and nothing else", () => {
  const own = [visitor("own", "a"), visitor("tagged"), visitor("external"), visitor("server")];
  assertEquals(quotaOf(own, 3), {
    externalUsers: [],
    limit: 3,
    available: 3,
    isExceeded: false,
  });
  const shared = ["y", "x", "y"].map((user) => visitor("shared", user));
  assertEquals(quotaOf([...own, ...shared, visitor("shared")], 2), {
    externalUsers: ["x", "y"],
    limit: 2,
    available: 0,
    isExceeded: false,
  });
  assertEquals(quotaOf(shared, 1).isExceeded, true);
  assertEquals(quotaOf(shared, 1).available, 0);
});
