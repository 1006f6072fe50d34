import { assertEquals, assertThrows } from "@std/assert";
import { chooseRows, CHURN, ROWS } from "./_rows.ts";

function namesOf(args: readonly string[]): readonly string[] {
  return chooseRows(args).map(({ name }) => name);
}

Deno.test("chooseRows() gives all but the long one, or those that are named", () => {
  assertEquals(chooseRows([]), ROWS);
  assertEquals(ROWS.includes(CHURN), false);
  assertEquals(namesOf(["churn", "1000", "100", "100"]), ["100", "1000", "churn"]);
});

Deno.test("chooseRows() refuses a name that there is no row of", () => {
  const rows = "100, 1000, chunked, 10000, slow, hanging, churn";
  for (
    const [args, given] of [
      [["nonsense"], '"nonsense"'],
      [["100", "Slow", ""], '"Slow", ""'],
      [["--help"], '"--help"'],
    ] as const
  ) {
    const message = `Cannot measure ${given}: no such row; wanted any of ${rows}`;
    assertEquals(assertThrows(() => chooseRows(args), RangeError).message, message);
  }
});
