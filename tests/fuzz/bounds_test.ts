import { assertEquals, assertThrows } from "@std/assert";
import { parseBounds } from "./_bounds.ts";

const USUAL = { seed: 1, count: 1_000_000, seconds: 240 };

Deno.test("parseBounds() reads either spelling, and what is usual for what is not given", () => {
  assertEquals(parseBounds([]), USUAL);
  assertEquals(parseBounds(["--seconds", "20", "--count", "3000"]), {
    seed: 1,
    count: 3_000,
    seconds: 20,
  });
  assertEquals(parseBounds(["--seed=0", "--count=1", "--seconds", "1"]), {
    seed: 0,
    count: 1,
    seconds: 1,
  });
});

Deno.test("parseBounds() refuses what it does not understand, in one line", () => {
  const usage = "; --seed, --count and --seconds take a whole number each";
  const from = (least: number) => `wanted a whole number from ${least} to 1000000000, got`;
  const refused: readonly (readonly [args: readonly string[], message: string])[] = [
    [["--cuont=5"], `Cannot read the arguments: Unknown option '--cuont'${usage}`],
    [["-n", "5"], `Cannot read the arguments: Unknown option '-n'${usage}`],
    [
      ["--count", "-1"],
      `Cannot read the arguments: Option '--count' argument is ambiguous${usage}`,
    ],
    [["--count=-1"], `Cannot read --count: ${from(1)} "-1"`],
    [["--count=0"], `Cannot read --count: ${from(1)} "0"`],
    [["--seconds=0"], `Cannot read --seconds: ${from(1)} "0"`],
    [["--seconds="], `Cannot read --seconds: ${from(1)} ""`],
    [["--seconds", " 5"], `Cannot read --seconds: ${from(1)} " 5"`],
    [["--seed=1e3"], `Cannot read --seed: ${from(0)} "1e3"`],
    [["--seed=9007199254740991"], `Cannot read --seed: ${from(0)} "9007199254740991"`],
    [["--count=5", "--count", "6"], "Cannot read the arguments: --count comes twice"],
  ];
  for (const [args, message] of refused) {
    const error = assertThrows(() => parseBounds(args), Error);
    assertEquals(error.message, message, args.join(" "));
  }
  for (const args of [["--count"], ["3000"], ["--count", "5", "6"], ["--", "--count=5"]]) {
    const error = assertThrows(() => parseBounds(args), SyntaxError);
    assertEquals(error.message.split("\n").length, 1, args.join(" "));
  }
});
