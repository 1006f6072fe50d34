/**
 * The text of `tsmetrics help`, made from the tables of commands and settings.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { COMMANDS } from "./command.ts";
import { flagOf, type Setting } from "./setting.ts";
import { wrapText } from "../wrap.ts";
import { THEMES } from "./table.ts";

const WIDTH = 92;

/** Typical first commands: demo, tuning, textfile collector, scripts. */
const EXAMPLES: readonly (readonly [command: string, what: string])[] = [
  ["TEST_DEVICES=demo tsmetrics", "a simulated tailnet, on 127.0.0.1:9100"],
  ["tsmetrics --scrape-interval 15s --port 9200", "a flag for each setting that is no secret"],
  ["tsmetrics once > tailnet.prom", "one collection, for the textfile collector"],
  ["tsmetrics check --json", "what is wrong, for machines"],
];

/** The whole help: usage, commands, settings by theme, examples; lines of at most 92 characters. */
export function helpText(): string {
  const lines = [
    `tsmetrics ${VERSION}: Prometheus metrics of every device of a Tailscale tailnet.`,
    "",
    "Usage: tsmetrics [COMMAND] [--FLAG VALUE | --FLAG=VALUE ...]",
    "",
    "Commands:",
    ...Object.entries(COMMANDS).flatMap(([name, { help }]) =>
      indent(wrapText(help, WIDTH - 15), `  ${name.padEnd(11)}  `)
    ),
    "",
    "Settings are environment variables. Each but the secrets is a flag as well, which takes",
    "precedence. An empty variable counts as not set.",
  ];
  for (const { title, settings } of THEMES) {
    lines.push("", `${title}:`);
    for (const setting of Object.values(settings)) {
      lines.push(`  ${headOf(setting)}`);
      lines.push(...indent(wrapText(explainSetting(setting), WIDTH - 6), "      "));
    }
  }
  const width = Math.max(...EXAMPLES.map(([command]) => command.length));
  lines.push("", "Examples:");
  for (const [command, what] of EXAMPLES) lines.push(`  ${command.padEnd(width)}  # ${what}`);
  return `${lines.join("\n")}\n`;
}

/** What a setting does, what it wants and its default, in sentences. */
export function explainSetting(setting: Setting<unknown>): string {
  const { kind, help } = setting;
  const standard = defaultOf(setting);
  return `${help} Takes ${kind.wanted}.${standard === undefined ? "" : ` Default: ${standard}.`}`;
}

/**
 * The default of a setting in words.
 *
 * @returns undefined if it has none, or an empty list.
 */
export function defaultOf(setting: Setting<unknown>): string | undefined {
  return setting.defaultNote ?? (setting.default === "" ? undefined : setting.default);
}

function headOf(setting: Setting<unknown>): string {
  const flag = flagOf(setting);
  const placeholder = setting.kind.isSwitch ? "" : ` ${setting.kind.placeholder}`;
  return flag === undefined
    ? `${setting.variable} (no flag)`
    : `${setting.variable}, ${flag}${placeholder}`;
}

function indent(lines: readonly string[], head: string): readonly string[] {
  return lines.map((line, index) => `${index === 0 ? head : " ".repeat(head.length)}${line}`);
}
