import { assertEquals } from "@std/assert";
import {
  explainId,
  isUnsafeId,
  kindOf,
  readAddresses,
  readId,
  readRoutes,
  readShared,
  readTags,
} from "../../src/control/device_field.ts";

Deno.test("readId() takes text and whole numbers that are exact, nothing else", () => {
  const cases: readonly (readonly [value: unknown, id: string | undefined])[] = [
    ["1", "1"],
    ["18446744073709551615", "18446744073709551615"],
    ["x".repeat(128), "x".repeat(128)],
    ["x".repeat(129), undefined],
    ["", undefined],
    [0, "0"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [2 ** 53, undefined],
    [-1, undefined],
    [1.5, undefined],
    [null, undefined],
    [["1"], undefined],
  ];
  for (const [value, id] of cases) assertEquals(readId(value), id, String(value));
  assertEquals([2 ** 53, 2 ** 53 - 1, "9".repeat(20)].map(isUnsafeId), [true, false, false]);
});

Deno.test("explainId() and kindOf() say what a value is and do not show it", () => {
  assertEquals(
    explainId("secret".repeat(30)),
    "No id: wanted text of 1 to 128 characters, got " +
      "text of 180 characters",
  );
  const values = [undefined, null, [], "", "ab", 7, true, {}];
  assertEquals(values.map(kindOf), [
    "nothing",
    "null",
    "a list",
    "empty text",
    "text of 2 characters",
    "the number 7",
    "a boolean",
    "an object",
  ]);
});

Deno.test("the lists of a device are bounded, and absent routes stay unknown", () => {
  const many = Array.from({ length: 5000 }, (_, index) => `x${index}`);
  assertEquals(readAddresses(many).length, 64);
  assertEquals(readTags(many).length, 256);
  assertEquals(readRoutes(many)?.length, 4096);
  assertEquals([readAddresses(null), readTags(7), readRoutes(null)], [[], [], undefined]);
  assertEquals(readRoutes([]), []);
});

Deno.test("readShared() gives one object for equal texts", () => {
  assertEquals([readShared("linux"), readShared(""), readShared(7)], [
    "linux",
    undefined,
    undefined,
  ]);
});
