import { assertEquals } from "@std/assert";
import { decodeUser, readUser } from "../../../src/tailscale/local/user.ts";

Deno.test("decodeUser() reads a user, its number exactly", () => {
  assertEquals(decodeUser('{"ID":1,"LoginName":"a@b.c","DisplayName":"A"}'), {
    id: "1",
    loginName: "a@b.c",
    displayName: "A",
  });
  assertEquals(decodeUser('{"ID":9007199254740993}')?.id, "9007199254740993");
});

Deno.test("decodeUser() gives nothing for what is no user", () => {
  for (const text of ["", "null", "[]", "{}", '{"ID":-1}', '{"ID":1.5}', '{"ID":"x"}']) {
    assertEquals(decodeUser(text), undefined, text);
  }
});

Deno.test("readUser() takes a number and its digits", () => {
  assertEquals(readUser({ ID: 7 })?.id, "7");
  assertEquals(readUser({ ID: "7", LoginName: null, DisplayName: 5 }), {
    id: "7",
    loginName: undefined,
    displayName: undefined,
  });
});
