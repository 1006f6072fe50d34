import { assert, assertEquals } from "@std/assert";
import { defaultOf, explainSetting, helpText } from "../../src/config/help.ts";
import { flagOf } from "../../src/config/setting.ts";
import { SETTING_ROWS, SETTINGS } from "../../src/config/table.ts";
import { VERSION } from "../../src/version.ts";

Deno.test("helpText() begins with what this is, how it is used and the commands", () => {
  assertEquals(
    helpText().split("\n").slice(0, 20).join("\n"),
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
  healthcheck  Ask the server of the same settings whether it is healthy, and say why not;
               for images without curl.
  completion   Write a script that completes commands, flags and words, for bash, zsh or
               fish.
  version      Print the version (also --version).
  help         Print this help (also --help and -h).

Settings are environment variables. Each but the secrets is a flag as well, which takes`,
  );
});

Deno.test("helpText() groups settings by theme", () => {
  const text = helpText();
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
  const lines = helpText().split("\n");
  for (const [, setting] of SETTING_ROWS) {
    const flag = flagOf(setting);
    const head = `  ${setting.variable}${flag === undefined ? " (no flag)" : `, ${flag}`}`;
    const { placeholder } = setting.kind;
    const whole = flag === undefined || placeholder === "" ? head : `${head} ${placeholder}`;
    assertEquals(lines.filter((line) => line === whole).length, 1, whole);
  }
  assertEquals(lines.filter((line) => line.length > 92), []);
  assertEquals(lines.filter((line) => line.endsWith(" ")), []);
  assert(helpText().endsWith("machines\n"));
});

Deno.test("explainSetting() says what it does, what it takes and its default", () => {
  assertEquals(
    explainSetting(SETTINGS.bindHost),
    "Address to listen on; overrides ENV. Takes an IP address or host name without a port, such as " +
      "127.0.0.1, 0.0.0.0 or ::. Default: 0.0.0.0 if ENV is production, else 127.0.0.1.",
  );
});

Deno.test("defaultOf() is undefined for what is unset and for empty lists", () => {
  assertEquals(
    [SETTINGS.port, SETTINGS.targetDevices, SETTINGS.metricsToken].map(defaultOf),
    ["9100", undefined, undefined],
  );
});
