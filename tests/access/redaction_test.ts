import { assertEquals, assertNotEquals } from "@std/assert";
import { Redaction } from "../../src/access/redaction.ts";
import { Secret } from "../../src/secret/secret.ts";
import { anonymous } from "../../src/access/visitor.ts";
import { makeRecord } from "./_record.ts";

Deno.test("Redaction.apply() hides what it is told, by a keyed hash", () => {
  const record = makeRecord();
  assertEquals(new Redaction([], new Secret("key")).apply(record) === record, true);
  // The hashes are those of OpenSSL, by which docs/access.md has one person erased.
  const hidden = new Redaction(["user", "ip", "query"], new Secret("key")).apply(record);
  assertEquals(hidden, {
    ...record,
    query: undefined,
    address: "ip-c9c77dde5050e611",
    visitor: { userClass: "own", user: "user-c0ce59a38abb3a69", device: "device-ffb695f04586111d" },
  });
  for (const text of ["a@example.com", "laptop", "100.64.0.1", "b=c"]) {
    assertEquals(JSON.stringify(hidden).includes(text), false);
  }
});

Deno.test("Redaction.apply() gives the same visitor for the same, and others for another key", () => {
  const redaction = new Redaction(["user"], new Secret("key"));
  const record = makeRecord();
  const { visitor } = redaction.apply(record);
  assertEquals(redaction.apply(record).visitor === visitor, true);
  assertEquals(redaction.apply(makeRecord()).visitor, visitor);
  assertNotEquals(
    new Redaction(["user"], new Secret("other")).apply(record).visitor.user,
    visitor.user,
  );
  const nameless = makeRecord({ visitor: anonymous("external") });
  assertEquals(redaction.apply(nameless), nameless);
});
