import { assertEquals, assertThrows } from "@std/assert";
import { fixtureBytes, fixtureJson, fixtureText } from "./fixture.ts";

const PATH = "vectors/negotiation.json";

Deno.test("fixtureText() and fixtureBytes() give the same file", () => {
  assertEquals(fixtureText(PATH), new TextDecoder().decode(fixtureBytes(PATH)));
});

Deno.test("fixtureJson() parses the file", () => {
  const { source } = fixtureJson<{ source: string }>(PATH);
  assertEquals(source, "prometheus/common expfmt/encode_test.go, Apache-2.0");
});

Deno.test("fixtureText() throws for a file that is not there", () => {
  assertThrows(() => fixtureText("vectors/none.json"), Deno.errors.NotFound);
});
