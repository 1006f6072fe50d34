import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../../src/config/command.ts";
import { SETTING_ROWS } from "../../../src/config/setting_table.ts";
import { manPage } from "../../../tools/packages/man.ts";

Deno.test("manPage() has every command and setting, hyphens as they are typed", () => {
  const page = manPage("1.2.3");
  assert(page.startsWith('.TH TSMETRICS 1 "" "tsmetrics 1.2.3" "User Commands"\n.SH NAME\n'));
  for (const name of Object.keys(COMMANDS)) assertStringIncludes(page, `\n.B ${name}`);
  for (const [, { variable }] of SETTING_ROWS) assertStringIncludes(page, `\n\\fB${variable}\\fR`);
  assertStringIncludes(
    page,
    ".TP\n\\fB\\-v\\fR, \\fB\\-V\\fR, \\fB\\-\\-version\\fR\nPrint the version.",
  );
  assertStringIncludes(
    page,
    ".TP\n\\fBLOG_LEVEL\\fR, \\fB\\-\\-log\\-level\\fR \\fIWORD\\fR\nLowest level that is logged.",
  );
});

Deno.test("manPage() has no line that only looks like a request", () => {
  const requests = manPage("1.2.3").split("\n").filter((line) => /^[.']/.test(line))
    .map((line) => line.split(" ")[0] ?? "");
  assertEquals([...new Set(requests)].sort(), [
    ".B",
    ".BR",
    ".I",
    ".IR",
    ".SH",
    ".SS",
    ".TH",
    ".TP",
  ]);
});
