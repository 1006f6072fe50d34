import { assert, assertEquals } from "@std/assert";
import { filesBelow, sourceFiles, textOf } from "./tree.ts";

/** How a loop over bytes from outside is written. */
const LOOP = /\bfor await\b|\.getReader\(|\bconnection\.read\(|\.on\("data"/;

/** The simulated tailnet reads nothing from outside; the page runs in a browser. */
const ELSEWHERE = /^src\/(?:demo|ui)\//;

const HEADING = "## Loops that read from outside";

/** What stands in backquotes in some columns of SECURITY.md's table, counted from 0. */
async function namedIn(...columns: readonly number[]): Promise<readonly string[]> {
  const [, section = ""] = (await textOf("SECURITY.md")).split(`${HEADING}\n`);
  const rows = section.split("\n## ")[0]?.split("\n").filter((line) => line.startsWith("|")) ?? [];
  const cells = rows.slice(2).flatMap((row) => {
    const all = row.split("|").slice(1, -1);
    return columns.map((column) => all[column] ?? "");
  });
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

Deno.test("SECURITY.md lists every file that reads from outside in a loop", async () => {
  const files = await sourceFiles();
  const named = (await namedIn(1)).map((name) => `src/${name}`);
  assertEquals(named.filter((name) => !files.includes(name)), [], "no such files");
  const reading: string[] = [];
  for (const file of files.filter((path) => !ELSEWHERE.test(path))) {
    if (LOOP.test(await textOf(file))) reading.push(file);
  }
  assert(reading.length > 0);
  assertEquals(reading.filter((file) => !named.includes(file)), [], `missing in "${HEADING}"`);
});

Deno.test("SECURITY.md names tests of those loops that are there", async () => {
  const files = await filesBelow("tests/");
  const tests = (await namedIn(5)).map((name) => `tests/${name}`);
  assert(tests.length > 0);
  assertEquals(tests.filter((name) => !files.includes(name)), []);
});
