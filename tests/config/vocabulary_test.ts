import { assert, assertEquals } from "@std/assert";
import { readArguments } from "../../src/config/argument.ts";
import { COMMANDS } from "../../src/config/command.ts";
import { flagOf } from "../../src/config/setting.ts";
import { SETTING_ROWS, SETTINGS } from "../../src/config/setting_table.ts";
import { COMMAND_WORDS, FLAG_WORDS, OWN_FLAGS } from "../../src/config/vocabulary.ts";

Deno.test("FLAG_WORDS has every flag that the command line takes, and no secret", () => {
  const settings = SETTING_ROWS.flatMap(([, setting]) => flagOf(setting) ?? []);
  assertEquals(
    FLAG_WORDS.map(({ flag }) => flag),
    [...OWN_FLAGS.map(({ flag }) => flag), ...settings],
  );
  assertEquals(FLAG_WORDS.filter(({ flag }) => flag === "--metrics-token"), []);
  for (const { flag, short, value } of OWN_FLAGS) {
    for (const each of short) {
      assertEquals(readArguments([each]), readArguments([flag]), each);
    }
    const command = flag === "--json" ? "check" : "once";
    const args = value === "required" ? [command, flag, "peers"] : [command, flag];
    assertEquals(readArguments(args).faults, [], flag);
  }
});

Deno.test("OWN_FLAGS has the short forms that the command line takes", () => {
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((each) =>
    `-${each}`
  );
  const taken = letters.filter((each) => readArguments([each]).faults.length === 0);
  assertEquals(OWN_FLAGS.flatMap(({ short }) => short).sort(), taken.sort());
});

Deno.test("FLAG_WORDS offers only words that the setting takes", () => {
  let count = 0;
  for (const { flag, words } of FLAG_WORDS) {
    const setting = SETTING_ROWS.find(([, row]) => flagOf(row) === flag)?.[1];
    for (const word of setting === undefined ? [] : words) {
      assert(setting?.kind.parse(word) !== undefined, `${flag} ${word}`);
      count++;
    }
  }
  assert(count > 10);
  const level = FLAG_WORDS.find(({ flag }) => flag === flagOf(SETTINGS.logLevel));
  assertEquals(level?.words, ["debug", "info", "warn", "error"]);
});

Deno.test("COMMAND_WORDS has every command, with one sentence and the words that follow", () => {
  assertEquals(COMMAND_WORDS.map(({ name }) => name), Object.keys(COMMANDS));
  for (const { name, words } of COMMAND_WORDS) {
    for (const word of words) assertEquals(readArguments([name, word]).faults, [], name);
  }
  assertEquals(COMMAND_WORDS[1], {
    name: "once",
    help: "Collect once and write the metrics to standard output.",
    words: [],
  });
});
