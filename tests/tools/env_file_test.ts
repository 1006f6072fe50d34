import { assertEquals } from "@std/assert";
import { findEnvFaults } from "../../tools/env_file.ts";
import { envExample } from "../../src/config/mod.ts";

/** A file's text, and the faults with their line before them. */
const ROWS: readonly (readonly [text: string, faults: readonly string[]])[] = [
  ["A=1\nexport B = two words # a comment\n\n# C\n  D='it # costs $5'\nE=\"x\" # y\nF=\n", []],
  ["this is no line\nF: 3\n=x", [
    "1 is not NAME=VALUE: it is left out.",
    "2 is not NAME=VALUE: it is left out.",
    "3 is not NAME=VALUE: it is left out.",
  ]],
  ["A=1\nB=2\nA=3", ["3 sets A again: line 1 counts."]],
  ["A=p#ss", ["1 has a # in A: the value ends there. Quote it."]],
  ["A=p$$w", ["1 has a $ in A: a variable is put in there. Use single quotes."]],
  ['A="p$w"', ["1 has a $ in A: a variable is put in there. Use single quotes."]],
  ['A="p\\$w"\nB="a\\"b"', []],
  ['A="x\nB=2\nC=3', ["1 does not close the quote of A."]],
  ['A="x\nB=2\nC="y\nD=3', [
    "1 has text behind the quote of A: it is cut.",
    "1 opens a quote for A that line 3 closes.",
  ]],
  ["A='x'y", ["1 has text behind the quote of A: it is cut."]],
  ['KEY="-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----"\nA=1\nA=2', [
    "5 sets A again: line 4 counts.",
  ]],
  ["\ufeffA=1\nB=2", ["1 begins with a byte order mark: its variable is not set."]],
  ["A=1\r\nB=x\r\n", []],
];
for (const [text, faults] of ROWS) {
  Deno.test(`findEnvFaults() judges ${JSON.stringify(text).slice(0, 50)}`, () => {
    const found = findEnvFaults(text).map(({ line, problem }) => `${line} ${problem}`);
    assertEquals(found, faults);
  });
}

Deno.test("findEnvFaults() finds nothing in .env.example", () => {
  assertEquals(findEnvFaults(envExample()), []);
  assertEquals(findEnvFaults(envExample().replace(/^# (?=[A-Z_]+=)/gm, "")), []);
});

/** Lines as Deno takes them; undefined = not set. */
const TAKEN: readonly (readonly [line: string, name: string, value: string | undefined])[] = [
  ["export PLAIN = two words # a comment", "PLAIN", "two words"],
  ["COLON: 3", "COLON", undefined],
  ["TWICE=1\nTWICE=2", "TWICE", "1"],
  ["HASH=p#ss", "HASH", "p"],
  ["QUOTED='p#$s'", "QUOTED", "p#$s"],
  ["DOLLAR=p$PLAIN", "DOLLAR", "ptwo words"],
  ['DOLLARS="p$PLAIN"', "DOLLARS", "ptwo words"],
  ["BEHIND='x'y", "BEHIND", "x"],
  ['LONG="x\nINSIDE=2\ny"', "LONG", "x\nINSIDE=2\ny"],
  ["", "INSIDE", undefined],
];

Deno.test("findEnvFaults() goes by what Deno makes of such lines", async () => {
  await Deno.mkdir(".tmp", { recursive: true });
  const file = await Deno.makeTempFile({ dir: ".tmp", suffix: ".env" });
  try {
    await Deno.writeTextFile(file, `${TAKEN.map(([line]) => line).join("\n")}\n`);
    const code = `console.log(JSON.stringify(${JSON.stringify(TAKEN.map(([, name]) => name))}` +
      ".map((name) => Deno.env.get(name) ?? null)))";
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", `--env-file=${file}`, code],
      stdin: "null",
    }).output();
    const values: readonly unknown[] = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals(values.map((value) => value ?? undefined), TAKEN.map(([, , value]) => value));
  } finally {
    await Deno.remove(file);
  }
});
