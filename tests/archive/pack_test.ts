import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { pack, unpack } from "../../src/archive/pack.ts";

Deno.test("unpack() gives what pack() took", async () => {
  const body = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
  const bytes = await pack({ kind: "uptime", head: { name: "a\nb", many: [1, 2] }, body });
  const contents = await unpack(bytes, "uptime");
  assertEquals(contents?.head, { name: "a\nb", many: [1, 2], version: 1, kind: "uptime" });
  assertEquals(contents?.body, body);
});

Deno.test("unpack() refuses another kind or version, and what is no segment", async () => {
  const bytes = await pack({ kind: "events", head: {} });
  assertEquals(await unpack(bytes, "alerts"), undefined);
  assertEquals(await unpack(await seal('{"version":2,"kind":"a"}\n'), "a"), undefined);
  assertEquals(await unpack(await seal("[]\n"), "a"), undefined);
  assertEquals(await unpack(await seal("{}"), "a"), undefined);
  assertEquals(await unpack(await seal('{"version":1\n'), "a"), undefined);
  assertEquals(await unpack(new Uint8Array(), "a"), undefined);
});

Deno.test("unpack() refuses bytes that were cut or changed", async () => {
  const bytes = await pack({ kind: "a", head: { text: "x".repeat(300) } });
  const at = fc.nat(bytes.length - 1);
  await fc.assert(
    fc.asyncProperty(at, fc.integer({ min: 1, max: 255 }), async (place, mask) => {
      assertEquals(await unpack(bytes.slice(0, place), "a"), undefined);
      const changed = bytes.slice();
      changed[place] = (changed[place] ?? 0) ^ mask;
      assertEquals(await unpack(changed, "a"), undefined);
    }),
    { numRuns: 50 },
  );
});

async function seal(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = await new Response(stream).bytes();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
  return await new Response(new Blob([digest, packed])).bytes();
}
