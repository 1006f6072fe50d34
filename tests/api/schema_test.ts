import { assertEquals } from "@std/assert";
import { list, object, orNull, text, word } from "../../src/api/schema.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("object() wants each property and no other", () => {
  assertEquals(object({ name: text("A name.") }, "A thing."), {
    type: "object",
    description: "A thing.",
    properties: { name: { type: "string", description: "A name." } },
    required: ["name"],
    additionalProperties: false,
  });
});

Deno.test("orNull() allows null beside the values of the schema", () => {
  for (const value of ["up", null]) assertValid(orNull(word(["up"], "A state.")), value);
  for (const value of [["a"], null]) assertValid(orNull(list(text("A."), "A list.")), value);
  assertEquals(orNull(word(["up"], "A state.")), {
    type: ["string", "null"],
    enum: ["up", null],
    description: "A state.",
  });
});
