import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { chooseEncoding } from "../../src/http/encoding.ts";

Deno.test("chooseEncoding() follows the weights", () => {
  const cases: readonly (readonly [header: string | null, encoding: "gzip" | "identity"])[] = [
    [null, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["identity", "identity"],
    ["GZip", "gzip"],
    ["x-gzip", "gzip"],
    ["deflate, gzip, br, zstd", "gzip"],
    ["deflate, br, zstd", "identity"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0.0", "identity"],
    ["gzip;q=0.000", "identity"],
    ["gzip;q=0.001", "gzip"],
    ["gzip ; q=1.000", "gzip"],
    ["gzip;Q=0.5", "gzip"],
    ["gzip;q=0, *", "identity"],
    ["*", "gzip"],
    ["*;q=0.5", "gzip"],
    ["*;q=0", "identity"],
    ["identity;q=0", "identity"],
    ["identity;q=0, gzip", "gzip"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["identity;q=0, *;q=0", "identity"],
    ["br, identity;q=0", "identity"],
    ["gzip;q=0.5, identity", "identity"],
    ["gzip;q=0.5, identity;q=0.5", "gzip"],
    ["identity, *;q=0.5", "identity"],
    ["gzip, gzip;q=0", "identity"],
    ["gzip;q=2", "identity"],
    ["gzip;q=1.001", "identity"],
    ["gzip;q=0.0001", "identity"],
    ["gzip;q=-1", "identity"],
    ["gzip;q=", "identity"],
    ["gzip;q= 1", "identity"],
    ["gzip;level=9", "identity"],
    ["gzip;q=0.5;q=0.7", "identity"],
    ["gzipped", "identity"],
    [",, gzip ,", "gzip"],
    ["gzip;", "identity"],
  ];
  for (const [header, encoding] of cases) {
    assertEquals(chooseEncoding(header), encoding, `${header}`);
  }
});

const weightText = fc.integer({ min: 0, max: 1000 }).map((thousandths) => ({
  weight: thousandths / 1000,
  text: thousandths === 1000 ? "1" : `0.${String(thousandths).padStart(3, "0")}`,
}));

Deno.test("chooseEncoding() chooses gzip just where it weighs more than nothing and than identity", () => {
  const element = fc.record({
    coding: fc.constantFrom("gzip", "identity", "*", "br", "zstd", "deflate"),
    q: weightText,
    space: fc.constantFrom("", " ", "\t"),
  });
  fc.assert(fc.property(
    fc.uniqueArray(element, { selector: (each) => each.coding, maxLength: 6 }),
    (elements) => {
      const header = elements.map(({ coding, q, space }) =>
        `${space}${coding}${space};${space}q=${q.text}`
      ).join(",");
      const weight = (coding: string) => elements.find((each) => each.coding === coding)?.q.weight;
      const gzip = weight("gzip") ?? weight("*") ?? 0;
      const isGzip = gzip > 0 && gzip >= (weight("identity") ?? 0);
      assertEquals(chooseEncoding(header), isGzip ? "gzip" : "identity", header);
    },
  ));
});

Deno.test("chooseEncoding() takes any header and never finds gzip where the word is not", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (header) => {
    fc.pre(!/gzip|\*/i.test(header));
    assertEquals(chooseEncoding(header), "identity");
  }));
});
