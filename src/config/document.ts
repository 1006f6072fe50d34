/**
 * The table of settings as files of the project show it: `.env.example` and the tables
 * of `docs/configuration.md`.
 *
 * @module
 */

import { wrapText } from "../text/wrap.ts";
import { briefOf, defaultOf, explainBriefly } from "./help.ts";
import type { Setting } from "./setting.ts";
import { THEMES } from "./setting_table.ts";

/** How values are written, once for all settings; docs/configuration.md has a table of it. */
const KINDS = "Durations: 30s, 1m30s, 1d or bare seconds. Sizes: 2MiB, 500kB or bare bytes. " +
  "Switches: true or false, yes or no, on or off, 1 or 0. URLs: http or https, without user info " +
  "and query. Secrets and ids: printable ASCII characters without blanks. PEM: the text itself, not a " +
  "path; line ends may be written as \\n.";

/** The whole text of `.env.example`: each setting explained, and commented out unless asked for. */
export function envExample(): string {
  const lines = [
    "# Settings of tsmetrics. Copy this file to .env and fill in the two lines without a #.",
    "# Without an account, TEST_DEVICES=demo shows a simulated tailnet.",
    "# Made from the table of settings in src/config; a test keeps both the same.",
    "#",
    ...wrapText(KINDS, 96).map((line) => `# ${line}`),
  ];
  for (const { title, settings } of THEMES) {
    lines.push("", `# --- ${title} ---`);
    for (const setting of Object.values(settings)) {
      lines.push("", ...wrapText(explainBriefly(setting), 96).map((line) => `# ${line}`));
      const value = setting.example ?? setting.default ?? "";
      const text = quoteForShell(value);
      lines.push(`${setting.isAskedFor === true ? "" : "# "}${setting.variable}=${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A value that `. ./.env`, Deno and Docker Compose read alike. */
function quoteForShell(value: string): string {
  if (/^[\w\-.,:/@+=*?{}…]*$/.test(value)) return value;
  return /["$`]/.test(value) ? `'${value}'` : `"${value}"`;
}

/** The reference of settings: for each theme a heading and a Markdown table. */
export function settingsReference(): string {
  return THEMES
    .map(({ title, settings }) => `## ${title}\n\n${markdownTable(Object.values(settings))}`)
    .join("\n");
}

/** Cells are not padded, so that a new row changes one line. */
function markdownTable(settings: readonly Setting<unknown>[]): string {
  const rows = settings.map((setting) => {
    const value = defaultOf(setting) === undefined ? "" : `\`${setting.default}\``;
    const brief = briefOf(setting);
    const meaning = (setting.help + (brief === "" ? "" : ` Takes ${brief}.`)).replaceAll("|", "\\|")
      .replaceAll("*", "\\*").replaceAll("<", "&lt;");
    return `| \`${setting.variable}\` | ${setting.defaultNote ?? value} | ${meaning} |\n`;
  });
  return `| Variable | Default | Meaning |\n| --- | --- | --- |\n${rows.join("")}`;
}
