import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defaultOf, explainEmpty, explainSetting, helpText } from "../../src/config/help.ts";
import { flagOf } from "../../src/config/setting.ts";
import { SETTING_ROWS, SETTINGS, THEMES } from "../../src/config/setting_table.ts";
import { COMMANDS, isCommand } from "../../src/config/command.ts";
import { findTopic } from "../../src/config/topic.ts";
import { VERSION } from "../../src/version.ts";

Deno.test("helpText() begins with what this is, how it is used and the commands", () => {
  assertEquals(
    helpText().split("\n").slice(0, 23).join("\n"),
    `tsmetrics ${VERSION}: Prometheus metrics of every device of a Tailscale tailnet.

Usage: tsmetrics [COMMAND] [--FLAG VALUE | --FLAG=VALUE ...]

Commands:
  serve        Collect at an interval and serve /metrics (the default command).
  once         Collect once and write the metrics to standard output; exits 1 if there are
               none. --explain writes their cost instead: series and bytes by family and
               label. --collect LIST collects only some of devices, peers, native and
               watchdog.
  check        Test credentials, API and each device, and say what to fix; --json for
               machines.
  healthcheck  Check the running server at PORT and BIND_HOST, and say why it is not
               healthy; for images without curl.
  tailnet      Print the identity of the embedded node, a secret, for TSNET_STATE; restore
               writes the identity in TSNET_STATE to storage.
  completion   Write a script that completes commands, flags and words, for bash, zsh or
               fish.
  version      Print the version (also --version, -v and -V).
  help         Print this help (also --help and -h), or that of a command, a setting or all
               settings.

Settings are environment variables. Each but the secrets is a flag as well, which takes`,
  );
});

const ALL_SETTINGS = { kind: "themes", themes: THEMES } as const;

Deno.test("helpText() fits on a screen without a topic, and names variables that exist", () => {
  const text = helpText();
  assert(text.split("\n").length <= 50);
  const variables: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);
  const named = [...text.matchAll(/\b[A-Z]+_[A-Z_]+\b/g)].map(([name]) => name);
  assertEquals(named.filter((name) => !variables.includes(name)), []);
  for (const [, word = ""] of text.matchAll(/^ {2}tsmetrics help (\S+)/gm)) {
    assert(findTopic(word) !== undefined, word);
  }
});

Deno.test("helpText() shows how a command is used, and its exit codes", () => {
  assertEquals(
    helpText(findTopic("check")),
    `Usage: tsmetrics check [--json] [--FLAG VALUE ...]

Test credentials, API and each device, and say what to fix; --json for machines.

Exit codes:
  1   if the API or tailscaled does not answer, no device is up, one is failing, or a filter
      entry matches none
  2   if settings or command line are wrong

\`tsmetrics help settings\` lists the flags.
`,
  );
  assertEquals(
    helpText(findTopic("completion")).split("\n")[0],
    "Usage: tsmetrics completion bash|zsh|fish",
  );
  for (const command of Object.keys(COMMANDS).filter(isCommand)) {
    const lines = helpText({ kind: "command", command }).split("\n");
    assertEquals(lines.filter((line) => line.length > 92), []);
  }
});

Deno.test("helpText() explains one setting", () => {
  assertEquals(
    helpText(findTopic("--log-level")),
    `LOG_LEVEL, --log-level WORD
    Lowest level that is logged. The log goes to standard error. Takes debug, info, warn
    or error. Default: info.
`,
  );
});

Deno.test("helpText() groups settings by theme", () => {
  const text = helpText(ALL_SETTINGS);
  assertEquals(
    text.slice(text.indexOf("Log:"), text.indexOf("Joining")),
    `Log:
  LOG_LEVEL, --log-level WORD
      Lowest level that is logged. The log goes to standard error. Takes debug, info, warn
      or error. Default: info.
  LOG_FORMAT, --log-format WORD
      Log lines for people (text), one JSON object per line (json), or the message alone,
      after its level as systemd reads it (journal). Takes text, json or journal. Default:
      text.

`,
  );
});

Deno.test("helpText() has a line of its own for each setting, and lines of at most 92 characters", () => {
  const lines = helpText(ALL_SETTINGS).split("\n");
  for (const [, setting] of SETTING_ROWS) {
    const flag = flagOf(setting);
    const head = `  ${setting.variable}${flag === undefined ? " (no flag)" : `, ${flag}`}`;
    const { placeholder } = setting.kind;
    const whole = flag === undefined || placeholder === "" ? head : `${head} ${placeholder}`;
    assertEquals(lines.filter((line) => line === whole).length, 1, whole);
  }
  assertEquals(lines.filter((line) => line.length > 92), []);
  assertEquals(lines.filter((line) => line.endsWith(" ")), []);
  assert(helpText(ALL_SETTINGS).endsWith(".\n"));
});

Deno.test("explainSetting() says what it does, what it takes and its default", () => {
  assertEquals(
    explainSetting(SETTINGS.bindHost),
    "Address to listen on; overrides ENV. Takes an IP address or host name without a port, such as " +
      "127.0.0.1, 0.0.0.0 or ::. Default: 0.0.0.0 if ENV is production and USE_TSNET is off, else " +
      "127.0.0.1.",
  );
});

Deno.test("explainEmpty() names the setting of which an empty text is a value", () => {
  assertEquals(explainEmpty(), "An empty variable counts as not set, except SCRAPE_TAG.");
  assertStringIncludes(helpText(), explainEmpty());
});

Deno.test("defaultOf() is undefined for what is unset and for empty lists", () => {
  assertEquals(
    [SETTINGS.port, SETTINGS.targetDevices, SETTINGS.metricsToken].map(defaultOf),
    ["9100", undefined, undefined],
  );
});
