/**
 * The manual page, from the tables of commands and settings that the program reads. As a program it
 * writes the page of a version to standard output.
 *
 *     deno run tools/packages/man.ts VERSION
 *
 * @module
 */

import { COMMANDS, SHELLS } from "../../src/config/command.ts";
import { explainEmpty, explainSetting } from "../../src/config/help.ts";
import { flagOf, type Setting } from "../../src/config/setting.ts";
import { THEMES } from "../../src/config/setting_table.ts";
import { COMMAND_WORDS, type FlagWord, OWN_FLAGS } from "../../src/config/vocabulary.ts";
import { documentUrl } from "../project.ts";

/** What follows the settings: exit codes, files, and where more is. */
const REST = `.SH EXIT STATUS
.TP
.B 0
Success; serve: ended by SIGTERM or SIGINT.
.TP
.B 1
The command failed; its output or the log says why.
.TP
.B 2
Settings or command line are wrong; each fault is named, and nothing was started.
.TP
.B 75
The watchdog asks for a restart of tailscaled, which the unit does.
.SH FILES
The program reads no file. The units that come with the package read settings from these:
.TP
.IR /etc/default/tsmetrics ", " /etc/default/tsmetrics\\-host
Settings of tsmetrics.service and tsmetrics\\-host.service, with their explanation.
.TP
.I /etc/tsmetrics/
tsmetrics.env, host.env, keepalive.env, watchdog.env and textfile.env: settings of one unit each;
they take precedence.
.SH EXAMPLES
.TP
.B TEST_DEVICES=demo tsmetrics
Shows a simulated tailnet on http://127.0.0.1:9100.
.TP
.B tsmetrics check
Tests credentials, API and each device, and says what to fix.
.TP
.B systemctl enable \\-\\-now tsmetrics
Starts the exporter now and at each boot, once it has settings.
.SH SEE ALSO
.BR tailscale (1),
.BR prometheus (1),
`;

/** The page of section 1 for both programs, in the language of man(7). */
export function manPage(version: string): string {
  const lines = [
    `.TH TSMETRICS 1 "" "tsmetrics ${escape(version)}" "User Commands"`,
    ".SH NAME",
    "tsmetrics, tsmetrics\\-host \\- Prometheus exporter for Tailscale and headscale networks",
    ".SH SYNOPSIS",
    ".B tsmetrics",
    "[\\fICOMMAND\\fR] [\\fB\\-\\-FLAG\\fR \\fIVALUE\\fR ...]",
    ".SH DESCRIPTION",
    "Serves every device of a tailnet as metrics, on http://127.0.0.1:9100/metrics by default.",
    ".B tsmetrics\\-host",
    "is the same program, and may open the socket of this host's tailscaled as well.",
    ".SH COMMANDS",
    ...COMMAND_WORDS.flatMap(({ name, words }) => [
      ".TP",
      `.B ${[name, words.length > SHELLS.length ? "[TOPIC]" : words.join("|")].join(" ").trim()}`,
      text(COMMANDS[name].help),
    ]),
    ".SH OPTIONS",
    ...OWN_FLAGS.flatMap(flagLines),
    ".SH SETTINGS",
    "Settings are variables of the environment. Each but the secrets is an option as well, which",
    `takes precedence. ${escape(explainEmpty())}`,
    ...THEMES.flatMap(({ title, settings }) => [
      `.SS ${escape(title)}`,
      ...Object.values(settings).flatMap(settingLines),
    ]),
  ];
  return `${lines.join("\n")}\n${REST}${text(documentUrl("README.md"))}\n`;
}

function flagLines({ flag, short, help, placeholder }: FlagWord): readonly string[] {
  const value = placeholder === "" ? "" : ` \\fI${placeholder}\\fR`;
  const forms = [...short, flag].map((form) => `\\fB${escape(form)}\\fR`);
  return [".TP", `${forms.join(", ")}${value}`, text(help)];
}

function settingLines(setting: Setting<unknown>): readonly string[] {
  const flag = flagOf(setting);
  const { isSwitch, placeholder } = setting.kind;
  const value = isSwitch ? "" : ` \\fI${placeholder}\\fR`;
  const option = flag === undefined ? "" : `, \\fB${escape(flag)}\\fR${value}`;
  return [".TP", `\\fB${setting.variable}\\fR${option}`, text(explainSetting(setting))];
}

/** A line of text: a dot or an apostrophe at its begin would be a request. */
function text(line: string): string {
  return escape(line).replace(/^(?=[.'])/, "\\&");
}

/** Backslashes and hyphens as they are typed, so that they can be copied from the page. */
function escape(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...");
}

if (import.meta.main) console.log(manPage(Deno.args[0] ?? "").trimEnd());
