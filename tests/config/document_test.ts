import { assert, assertEquals } from "@std/assert";
import { describeConfig } from "../../src/config/describe.ts";
import { envExample, settingsReference } from "../../src/config/document.ts";
import { loadConfig } from "../../src/config/load.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";

Deno.test("envExample() has a line for each setting, commented out unless it is asked for", () => {
  const lines = envExample().split("\n").filter((line) => /^(?:# )?[A-Z_]+=/.test(line));
  assertEquals(
    lines.map((line) => line.slice(0, line.indexOf("="))),
    SETTING_ROWS.map(([, { variable, isAskedFor }]) => isAskedFor ? variable : `# ${variable}`),
  );
  assertEquals(lines.filter((line) => !line.startsWith("#")), [
    "OAUTH_CLIENT_ID=",
    "OAUTH_CLIENT_SECRET=",
  ]);
});

Deno.test("envExample() quotes what a shell would take for itself", () => {
  const lines = envExample().replaceAll(/^# (?=[A-Z_]+=)/gm, "").split("\n")
    .filter((line) => /^[A-Z_]+=/.test(line));
  const safe = /^[A-Z_]+=(?:[\w\-.,:/@+=*?{}…]*|"[^"$`]*"|'[^']*')$/;
  assertEquals(lines.filter((line) => !safe.test(line)), []);
  assert(lines.includes('NODE_TYPES="production=tag:prod,db-*;development=*dev*"'));
});

Deno.test("envExample() shows the defaults as they are", () => {
  const env: Record<string, string> = {};
  for (const [, { variable, example }] of SETTING_ROWS) {
    if (example !== undefined) continue;
    const line = envExample().split("\n").find((text) => text.startsWith(`# ${variable}=`));
    assert(line !== undefined, variable);
    env[variable] = line.slice(line.indexOf("=") + 1);
  }
  assertEquals(
    describeConfig(loadConfig({ env, args: ["healthcheck"] }).config),
    describeConfig(loadConfig({ env: {}, args: ["healthcheck"] }).config),
  );
});

Deno.test("envExample() explains kinds of values once, and at each setting only its bounds", () => {
  const lines = envExample().split("\n").map((line) => line.replace(/^# /, ""));
  const text = lines.join(" ");
  for (const kind of ["or bare seconds", "or bare bytes", "yes or no", "without blanks"]) {
    assertEquals(text.split(kind).length - 1, kind === "without blanks" ? 3 : 1, kind);
  }
  const of = (variable: string) => {
    const at = lines.findIndex((line) => line.startsWith(`${variable}=`));
    return lines.slice(lines.lastIndexOf("", at) + 1, at).join(" ");
  };
  assertEquals(of("API_TIMEOUT"), "Timeout of one API request. Takes 1s to 10m. Default: 30s.");
  assertEquals(of("INFLUX_TOKEN"), "Token that may write to the bucket.");
});

Deno.test("settingsReference() has a row for each setting", () => {
  const rows = settingsReference().split("\n").filter((line) => line.startsWith("| `"));
  assertEquals(
    rows.map((row) => row.split("`")[1]),
    SETTING_ROWS.map(([, { variable }]) => variable),
  );
});

Deno.test("settingsReference() writes Markdown without padding and escapes it", () => {
  const text = settingsReference();
  const start = text.indexOf("## Log\n");
  assertEquals(
    text.slice(start, text.indexOf("## Joining")),
    `## Log

| Variable | Default | Meaning |
| --- | --- | --- |
| \`LOG_LEVEL\` | \`info\` | Lowest level that is logged. The log goes to standard error. Takes debug, info, warn or error. |
| \`LOG_FORMAT\` | \`text\` | Log lines for people (text), one JSON object per line (json), or the message alone, after its level as systemd reads it (journal). Takes text, json or journal. |

`,
  );
  assert(text.includes("patterns with \\* and ?"));
});
