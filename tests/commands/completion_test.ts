import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { completionScript } from "../../src/commands/completion.ts";
import { SHELLS } from "../../src/config/command.ts";
import { COMMAND_WORDS, FLAG_WORDS } from "../../src/config/vocabulary.ts";

for (const shell of SHELLS) {
  Deno.test(`completionScript() of ${shell} has every command and flag, for both programs`, () => {
    const script = completionScript(shell);
    for (const { name } of COMMAND_WORDS) assertStringIncludes(script, name);
    for (const { flag } of FLAG_WORDS) {
      assertStringIncludes(script, shell === "fish" ? `-l ${flag.slice(2)} ` : flag);
    }
    assertStringIncludes(script, "tsmetrics-host");
    assert(script.endsWith("\n") && !script.includes("undefined"), script);
  });
}

Deno.test("completionScript() of zsh quotes what would end a description", () => {
  const line = completionScript("zsh").split("\n")
    .find((each) => each.includes("'--client-metrics-port="));
  assertEquals(
    line,
    "    '--client-metrics-port=[Port of the devices'\\'' metrics\\: 5252 on hosts.]:NUMBER: ' \\",
  );
});

Deno.test("completionScript() of fish quotes an apostrophe, and offers words", () => {
  const lines = completionScript("fish").split("\n");
  const find = (flag: string) => lines.find((line) => line.includes(` -l ${flag} `));
  assertEquals(
    find("client-metrics-port"),
    "complete -c tsmetrics -l client-metrics-port -x " +
      "-d 'Port of the devices\\' metrics: 5252 on hosts.'",
  );
  assertStringIncludes(find("log-level") ?? "", "-x -a 'debug info warn error' -d ");
});
