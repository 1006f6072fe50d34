import { assertEquals, assertThrows } from "@std/assert";
import { readTrailer } from "../../tools/trailer.ts";

/** The magic word, a length and a text, as `deno compile` writes them. */
function section(text: string, length: number = text.length): Uint8Array {
  const bytes = new TextEncoder().encode(`d3n0l4nd........${text}`);
  new DataView(bytes.buffer).setBigUint64(8, BigInt(length), true);
  return bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("readTrailer() takes the last section that holds JSON", () => {
  const code = new TextEncoder().encode("d3n0l4ndH\x89d3n0l4nd");
  const bytes = concat(code, section('{"argv":[1]}'), section('{"argv":[2]}'), code);
  assertEquals(readTrailer(bytes).argv as unknown, [2]);
});

Deno.test("readTrailer() reads from a view into a larger buffer", () => {
  const bytes = concat(new Uint8Array(3), section('{"app_name":"a"}'));
  assertEquals(readTrailer(bytes.subarray(3)).app_name, "a");
});

Deno.test("readTrailer() refuses what is no compiled program", () => {
  const none = "Cannot read metadata: deno compile did not make this executable";
  for (const bytes of [new Uint8Array(0), new Uint8Array(99), section("{}", 99), section("[]")]) {
    assertThrows(() => readTrailer(bytes), SyntaxError, none);
  }
});
