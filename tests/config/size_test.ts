import { assertEquals } from "@std/assert";
import { parseSize, size } from "../../src/config/size.ts";

const SIZES: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ["0", 0],
  ["2097152", 2_097_152],
  ["10B", 10],
  ["2k", 2_000],
  ["2kB", 2_000],
  ["2KB", 2_000],
  ["2Ki", 2_048],
  ["2kib", 2_048],
  ["2M", 2_000_000],
  ["2MB", 2_000_000],
  ["2MiB", 2_097_152],
  ["2 MiB", 2_097_152],
  ["1.5MiB", 1_572_864],
  ["1GiB", 1_073_741_824],
  ["1G", 1_000_000_000],
  ["1.5", undefined],
  ["1.0001kB", undefined],
  ["-1", undefined],
  [".5MB", undefined],
  ["MiB", undefined],
  ["2T", undefined],
  ["2i", undefined],
  ["2  MiB", undefined],
  ["2MiB ", undefined],
  ["1e3", undefined],
  ["", undefined],
];
for (const [text, bytes] of SIZES) {
  Deno.test(`parseSize() reads ${JSON.stringify(text)} as ${bytes}`, () => {
    assertEquals(parseSize(text), bytes);
  });
}

Deno.test("size() takes both bounds and nothing beyond", () => {
  const kind = size(1_000, 1_048_576);
  assertEquals(["999", "1kB", "1MiB", "1048577", "x"].map((text) => kind.parse(text)), [
    undefined,
    1_000,
    1_048_576,
    undefined,
    undefined,
  ]);
  assertEquals(
    kind.wanted,
    "a size from 1000 to 1048576 bytes, such as 2MiB, 500kB or bare bytes",
  );
  assertEquals([kind, size(1, 4_096), size(1_500, 2_000_000_000)].map(({ brief }) => brief), [
    "1kB to 1MiB",
    "1B to 4KiB",
    "1500B to 2GB",
  ]);
});
