import { assertEquals } from "@std/assert";
import { encodeInSlices } from "../../src/http/_sliced_text.ts";

Deno.test("encodeInSlices() gives all texts as UTF-8, however long", async () => {
  const long = "ä\u{1f600}".repeat(70_000);
  for (const texts of [[], [""], ["a", "", "ä"], [long, "b", long]]) {
    const bytes = await encodeInSlices(texts);
    assertEquals(new TextDecoder("utf-8", { fatal: true }).decode(bytes), texts.join(""));
  }
});

Deno.test("encodeInSlices() pauses after a slice, whether a text is empty or not", async () => {
  let [nowMs, pauses] = [0, 0];
  const pause = () => Promise.resolve(void pauses++);
  const texts = Array.from({ length: 80 }, (_, at) => at < 40 ? "" : "a");
  assertEquals((await encodeInSlices(texts, { elapsed: () => nowMs++, pause })).length, 40);
  assertEquals(pauses, 10);
});
