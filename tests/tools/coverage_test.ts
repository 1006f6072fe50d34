import { assertEquals } from "@std/assert";
import { countLines, parseLcov, percent, withMissing } from "../../tools/coverage.ts";

const REPORT = `SF:/a/src/b.ts
DA:1,1
DA:2,0
DA:2,3
DA:3,0
LH:2
LF:3
end_of_record
SF:/a/tests/b_test.ts
DA:1,1
end_of_record
`;

Deno.test("parseLcov() counts each line once, run if any part of it ran", () => {
  assertEquals(parseLcov(REPORT, "/a/"), [
    { path: "src/b.ts", lines: 3, hit: 2 },
    { path: "tests/b_test.ts", lines: 1, hit: 1 },
  ]);
  assertEquals(parseLcov("", "/a/"), []);
});

Deno.test("countLines() counts code, not types, comments and blank lines", () => {
  const source = `/**
 * Words.
 */

import type { A } from "./a.ts";
export interface B {
  readonly c: number;
}
// a comment
export function d(e: B): number {
  /* here */
  return e.c; // and there
}
`;
  assertEquals(countLines(source), 3);
  assertEquals(countLines(`export type A = "b" | "c";\n`), 0);
});

Deno.test("withMissing() counts a file that no test imports as not run", () => {
  const files = withMissing(
    parseLcov(REPORT, "/a/"),
    new Map([
      ["src/b.ts", "export const b = 1;"],
      ["src/c.ts", "export const c = 1;\nexport const d = 2;"],
      ["src/e.ts", "export type E = 1;"],
    ]),
  );
  assertEquals(files, [
    { path: "src/b.ts", lines: 3, hit: 2 },
    { path: "src/c.ts", lines: 2, hit: 0 },
  ]);
  assertEquals(percent(files), 40);
});

Deno.test("percent() of nothing is all of it", () => {
  assertEquals(percent([]), 100);
});
