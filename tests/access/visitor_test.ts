import { assertEquals } from "@std/assert";
import { anonymous, USER_CLASSES } from "../../src/access/visitor.ts";

Deno.test("anonymous() knows the class alone, and is the same object each time", () => {
  for (const userClass of USER_CLASSES) {
    assertEquals(anonymous(userClass), { userClass, user: undefined, device: undefined });
    assertEquals(anonymous(userClass) === anonymous(userClass), true);
  }
});
