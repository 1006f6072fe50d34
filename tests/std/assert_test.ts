import {
  assert,
  assertEquals,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";

type Check = () => unknown;

/** Each assertion once where it holds, and once where it does not. */
const CHECKS: readonly (readonly [name: string, good: Check, bad: Check])[] = [
  ["assert", () => assert(1), () => assert(0)],
  ["assertEquals", () => assertEquals({ a: [1] }, { a: [1] }), () => assertEquals([1], [2])],
  [
    "assertInstanceOf",
    () => assertInstanceOf(new TypeError(), Error),
    () => assertInstanceOf(new Error(), TypeError),
  ],
  ["assertMatch", () => assertMatch("abc", /b/), () => assertMatch("abc", /x/)],
  ["assertNotEquals", () => assertNotEquals([1], [2]), () => assertNotEquals([1], [1])],
  ["assertStrictEquals", () => assertStrictEquals(1, 1), () => assertStrictEquals([1], [1])],
  [
    "assertStringIncludes",
    () => assertStringIncludes("abc", "b"),
    () => assertStringIncludes("abc", "x"),
  ],
  [
    "assertThrows",
    () => {
      const error = assertThrows(() => JSON.parse("{"), SyntaxError, "JSON");
      assertInstanceOf(error, SyntaxError);
    },
    () => assertThrows(() => 1),
  ],
];

for (const [name, good, bad] of CHECKS) {
  Deno.test(`${name}() passes what holds and throws for what does not`, () => {
    good();
    let thrown: unknown;
    try {
      bad();
    } catch (error) {
      thrown = error;
    }
    // Told without the function under test.
    if (!(thrown instanceof AssertionError)) throw new Error(`${name} threw ${thrown}`);
  });
}

Deno.test("assertThrows() refuses another class and another message", () => {
  const call = () => {
    throw new TypeError("wrong shape");
  };
  assertThrows(() => assertThrows(call, RangeError), AssertionError);
  assertThrows(() => assertThrows(call, TypeError, "other"), AssertionError);
});

Deno.test("assertRejects() gives the error, and refuses a promise that resolves", async () => {
  const error = await assertRejects(() => Promise.reject(new TypeError("shape")), TypeError, "sha");
  assertEquals(error.message, "shape");
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
});

Deno.test("fail() throws an AssertionError with its message", () => {
  const error = assertThrows(() => fail("because"), AssertionError);
  assertStringIncludes(error.message, "because");
});

Deno.test("assertEquals() shows what differs, line by line, after its message", () => {
  const error = assertThrows(() => assertEquals({ a: [1, 2] }, { a: [1, 3] }, "row 7"));
  assertStringIncludes(error.message, "row 7\n");
  assertMatch(error.message, /^\+ +2$/m);
  assertMatch(error.message, /^- +3$/m);
});

Deno.test("assertEquals() compares bytes, maps, sets, dates and classes by what they hold", () => {
  const make = (n: number) => ({
    bytes: new Uint8Array([1, n]),
    map: new Map([["a", { n }]]),
    set: new Set([n]),
    date: new Date(n),
    error: new RangeError(`${n}`),
  });
  assertEquals(make(1), make(1));
  for (const key of ["bytes", "map", "set", "date", "error"] as const) {
    assertNotEquals(make(1)[key], make(2)[key]);
  }
  assertNotEquals<unknown>({ a: undefined }, {});
  assertNotEquals<unknown>([1], { 0: 1, length: 1 });
});
