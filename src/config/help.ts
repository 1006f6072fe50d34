/**
 * The texts of `tsmetrics help`, made from the tables of commands and settings: a short one, and
 * one for each topic.
 *
 * @module
 */

import { wrapText } from "../text/wrap.ts";
import { VERSION } from "../version.ts";
import { type Command, COMMANDS } from "./command.ts";
import { flagOf, type Setting } from "./setting.ts";
import { SETTING_ROWS, THEMES } from "./setting_table.ts";
import { SOURCES } from "./source_list.ts";
import { themeWord, type Topic } from "./topic.ts";

const WIDTH = 92;

/** Typical first commands: demo, tuning, textfile collector, scripts. */
const EXAMPLES: readonly (readonly [command: string, what: string])[] = [
  ["TEST_DEVICES=demo tsmetrics", "a simulated tailnet, on 127.0.0.1:9100"],
  ["tsmetrics --scrape-interval 15s --port 9200", "a flag for each setting that is no secret"],
  ["tsmetrics once > tailnet.prom", "one collection, for the textfile collector"],
  ["tsmetrics check --json", "what is wrong, for machines"],
];

const FLAG_RULE: readonly string[] = wrapText(
  "Settings are environment variables. Each but the secrets is a flag as well, which takes " +
    `precedence. ${explainEmpty()}`,
  WIDTH,
);

/** The help of a topic, in lines of at most 92 characters. Default: how the program is used. */
export function helpText(topic?: Topic): string {
  return `${(topic === undefined ? usageLines() : topicLines(topic)).join("\n")}\n`;
}

/** What an empty variable means, in a sentence. */
export function explainEmpty(): string {
  const kept = SETTING_ROWS.flatMap(([, { keepsEmpty, variable }]) => keepsEmpty ? [variable] : []);
  return `An empty variable counts as not set, except ${kept.join(" and ")}.`;
}

function usageLines(): readonly string[] {
  return [
    `tsmetrics ${VERSION}: Prometheus metrics of every device of a Tailscale tailnet.`,
    "",
    "Usage: tsmetrics [COMMAND] [--FLAG VALUE | --FLAG=VALUE ...]",
    "",
    "Commands:",
    ...Object.entries(COMMANDS).flatMap(([name, { help }]) =>
      indent(wrapText(help, WIDTH - 15), `  ${name.padEnd(11)}  `)
    ),
    "",
    ...FLAG_RULE,
    "",
    "Set one of these; everything else is optional:",
    ...columns(SOURCES.map(({ variables, what }) => [variables, what]), ""),
    "",
    "Examples:",
    ...columns(EXAMPLES, "# "),
    "",
    "More help:",
    ...columns([
      ["tsmetrics help once", "a command, with its exit codes"],
      ["tsmetrics help settings", "all settings"],
      ["tsmetrics help watchdog", "the settings of a topic"],
      ["tsmetrics help SCRAPE_INTERVAL", "one setting"],
    ], ""),
    "",
    ...wrapText(`Topics: ${THEMES.map(({ title }) => themeWord(title)).join(", ")}.`, WIDTH),
  ];
}

function topicLines(topic: Topic): readonly string[] {
  switch (topic.kind) {
    case "command":
      return commandLines(topic.command);
    case "setting":
      return settingLines(topic.setting);
    case "themes":
      return [
        ...FLAG_RULE,
        ...topic.themes.flatMap(({ title, settings }) => [
          "",
          `${title}:`,
          ...Object.values(settings).flatMap((setting) =>
            settingLines(setting).map((line) => `  ${line}`)
          ),
        ]),
      ];
  }
}

function commandLines(command: Command): readonly string[] {
  const { help, usage, exits, needs } = COMMANDS[command];
  const words = [command, ...usage === undefined ? [] : [usage]].join(" ");
  const settings = needs === "nothing" ? "" : " [--FLAG VALUE ...]";
  const codes = Object.entries({
    ...exits,
    ...needs === "nothing" ? {} : { 2: "settings or command line are wrong" },
  });
  return [
    `Usage: tsmetrics ${words}${settings}`,
    "",
    ...wrapText(help, WIDTH),
    ...codes.length === 0 ? [] : ["", "Exit codes:"],
    ...codes.flatMap(([code, meaning]) =>
      indent(wrapText(`if ${meaning}`, WIDTH - 6), `  ${code.padEnd(2)}  `)
    ),
    ...needs === "nothing" ? [] : ["", "`tsmetrics help settings` lists the flags."],
  ];
}

function settingLines(setting: Setting<unknown>): readonly string[] {
  return [
    headOf(setting),
    ...indent(wrapText(explainSetting(setting), WIDTH - 6), "    "),
  ];
}

function columns(
  rows: readonly (readonly [string, string])[],
  mark: string,
): readonly string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${mark}${second}`);
}

/** What a setting does, what it wants and its default, in sentences. */
export function explainSetting(setting: Setting<unknown>): string {
  return explainAs(setting, setting.kind.wanted);
}

/** The same, for a text that explains the kinds of values once. */
export function explainBriefly(setting: Setting<unknown>): string {
  return explainAs(setting, briefOf(setting));
}

/** What a setting wants, in such a text; "" if the kind of its value says it all. */
export function briefOf({ kind: { brief, wanted } }: Setting<unknown>): string {
  return brief ?? wanted;
}

function explainAs(setting: Setting<unknown>, wanted: string): string {
  const standard = defaultOf(setting);
  return setting.help + (wanted === "" ? "" : ` Takes ${wanted}.`) +
    (standard === undefined ? "" : ` Default: ${standard}.`);
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
