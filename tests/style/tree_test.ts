import { assertEquals } from "@std/assert";
import { filesBelow, sourceFiles, textOf } from "./tree.ts";

/** Longest file of ours, in lines; `style.md`'s "split at". */
const MAX_LINES = 400;

/** Widest line of a comment, in characters; the formatter sees to all other lines. */
const MAX_COLUMNS = 100;

/** Source files without a test file of their own, and why that is right. */
const UNMIRRORED: readonly { readonly file: RegExp; readonly why: string }[] = [
  { file: /\/mod\.ts$/, why: "lists names, runs nothing" },
  { file: /\/_[^/]+\.tsx?$/, why: "private to its folder, tested through what uses it" },
  { file: /^src\/version\.ts$/, why: "two constants" },
  { file: /^src\/runtime\.ts$/, why: "types" },
  { file: /^src\/control\/device\.ts$/, why: "types" },
  { file: /^src\/facts\/change\.ts$/, why: "types" },
  { file: /^src\/http\/view\.ts$/, why: "types" },
  { file: /^src\/ui\/main\.tsx$/, why: "one line" },
  { file: /^src\/ui\/(\w+_)?model\.ts$/, why: "types" },
  { file: /^src\/facts\/(?:host|own_node)_facts\.ts$/, why: "types" },
  { file: /^src\/history\/past\.ts$/, why: "types" },
  { file: /^src\/own_node\/peer\.ts$/, why: "types" },
  { file: /^src\/(?:head|tail)scale\/profile\.ts$/, why: "data" },
];

/** Test files that mirror no source file: the folders for tests of another kind. */
const OTHER_TESTS = /^tests\/(_[a-z]+|bench|e2e|fuzz|soak|style|tools)\//;

Deno.test("each source file has its test file", async () => {
  const tests = await filesBelow("tests/");
  const lonely = (await sourceFiles())
    .filter((path) => !UNMIRRORED.some(({ file }) => file.test(path)))
    .filter((path) => !tests.includes(testOf(path)));
  assertEquals(lonely, []);
});

Deno.test("each test file has its source file", async () => {
  const sources = await sourceFiles();
  const lonely = (await filesBelow("tests/"))
    .filter((path) => path.endsWith("_test.ts") && !OTHER_TESTS.test(path))
    .filter((path) => !sources.some((source) => testOf(source) === path));
  assertEquals(lonely, []);
});

Deno.test("a source file without a test is still there and still has none", async () => {
  const [sources, tests] = [await sourceFiles(), await filesBelow("tests/")];
  for (const { file } of UNMIRRORED.filter(({ file }) => file.source.startsWith("^"))) {
    const path = sources.find((each) => file.test(each));
    assertEquals(path === undefined, false, `${file} names no file`);
    assertEquals(tests.includes(testOf(path ?? "")), false, `${path} has a test by now`);
  }
});

Deno.test("no TypeScript file is longer than 400 lines", async () => {
  const long: string[] = [];
  for (const path of await filesBelow("")) {
    if (!/^(src|tests|tools)\/.*\.tsx?$/.test(path) || path.startsWith("tests/_fixtures/")) {
      continue;
    }
    const lines = (await textOf(path)).split("\n").length - 1;
    if (lines > MAX_LINES) long.push(`${path}: ${lines}`);
  }
  assertEquals(long, []);
});

Deno.test("no file tells where or how it was made", async () => {
  // put together here, so that this file does not find itself
  const words = [
    ["/wo", "rk/"],
    ["/ro", "ot/"],
    ["/ho", "me/[a-z]"],
    ["\\.\\./sha", "red/(?!reference/tailscale-api\\.json)"],
    ["regis", "try\\.npmjs\\.org"],
    ["pro", "xy\\.golang\\.org"],
    ["files\\.pythonhos", "ted\\.org"],
    ["[Ii]ss", "ue #?\\d"],
    ["<<<<", "<<< "],
    ["TO", "DO\\b"],
    ["FIX", "ME\\b"],
  ].map((parts) => new RegExp(parts.join("")));
  const found: string[] = [];
  for (const path of await filesBelow("")) {
    if (/\.(png|gz|ico)$/.test(path) || path === "deno.lock") continue;
    const lines = (await textOf(path)).split("\n");
    for (const [at, line] of lines.entries()) {
      const word = words.find((each) => each.test(line));
      if (word !== undefined) found.push(`${path}:${at + 1}: ${line.trim().slice(0, 100)}`);
    }
  }
  assertEquals(found, []);
});

Deno.test("testOf() mirrors the path", () => {
  assertEquals(testOf("src/http/server/server.ts"), "tests/http/server/server_test.ts");
  assertEquals(testOf("src/host.ts"), "tests/host_test.ts");
});

/** Where the test of a source file stands. */
function testOf(path: string): string {
  return path.replace(/^src\//, "tests/").replace(/\.tsx?$/, "_test.ts");
}

Deno.test("no comment is wider than the code may be", async () => {
  const paths = (await Promise.all(["src/", "tests/", "tools/"].map(filesBelow))).flat();
  const wide: string[] = [];
  for (const path of paths.filter((each) => /\.tsx?$/.test(each))) {
    for (const [at, line] of (await textOf(path)).split("\n").entries()) {
      if (/^\s*(?:\/\/|\/?\*)/.test(line) && [...line].length > MAX_COLUMNS) {
        wide.push(`${path}:${at + 1}`);
      }
    }
  }
  assertEquals(wide, []);
});
