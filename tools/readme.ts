/**
 * Fills the tables of `README.md` from the data that the program uses: the settings and the
 * metrics, each between two comments, `<!-- begin settings -->` and `<!-- end settings -->`. The
 * rest is written by hand. A test fails where the file is not what this tool writes.
 *
 *     deno run --no-prompt --allow-read=README.md --allow-write=README.md tools/readme.ts
 *
 * @module
 */

import { PEERS_METRICS } from "../src/collectors/host/mod.ts";
import {
  CLIENT_METRICS,
  DEVICE_METRICS,
  EXPORTER_METRICS,
  type MetricDefinition,
  SCRAPE_METRICS,
} from "../src/collectors/mod.ts";
import { readmeTable } from "../src/config/mod.ts";
import { KEEPALIVE_DEFINITIONS, PEER_LABELS, WATCHDOG_DEFINITIONS } from "../src/paths/mod.ts";

/** Metrics that have one source. */
interface MetricGroup {
  /** Where they come from. */
  readonly title: string;
  /** In the page's order. */
  readonly metrics: readonly MetricDefinition[];
}

/** All metrics, by source, in the page's order. */
const METRIC_GROUPS: readonly MetricGroup[] = [
  { title: "From the Tailscale API", metrics: DEVICE_METRICS },
  { title: "From each device's own page", metrics: CLIENT_METRICS },
  { title: "About the scrape of each device", metrics: SCRAPE_METRICS },
  { title: "From this host's tailscaled", metrics: PEERS_METRICS },
  { title: "From the keepalive", metrics: Object.values(KEEPALIVE_DEFINITIONS) },
  { title: "From the watchdog", metrics: Object.values(WATCHDOG_DEFINITIONS) },
  { title: "About the exporter", metrics: EXPORTER_METRICS },
];

/**
 * The README with its blocks made anew.
 *
 * @throws {SyntaxError} If a block is missing, or does not end.
 */
export function fillReadme(readme: string): string {
  const filled = fillBlock(readme, "settings", readmeTable());
  return fillBlock(filled, "metrics", METRIC_GROUPS.map(renderGroup).join("\n"));
}

/**
 * A text with new content in one of its blocks.
 *
 * @param content Ends with a line feed.
 * @throws {SyntaxError} If the block is missing, does not end, or is there twice.
 */
export function fillBlock(text: string, name: string, content: string): string {
  const begin = `<!-- begin ${name} -->\n`;
  const end = `<!-- end ${name} -->`;
  const [head = "", inner, ...more] = text.split(begin);
  const [, tail, ...evenMore] = (inner ?? "").split(end);
  if (tail === undefined || more.length + evenMore.length > 0) {
    throw new SyntaxError(`Cannot fill the block "${name}": wanted it once, with begin and end`);
  }
  return `${head}${begin}\n${content}\n${end}${tail}`;
}

/** A heading line, what holds for all of its metrics, and a Markdown table. */
function renderGroup({ title, metrics }: MetricGroup): string {
  return `**${title}**${renderLabelNote(metrics)}\n\n${renderTable(metrics)}`;
}

/** Labels that stand on every series about one thing. */
const SUBJECT_LABELS: readonly (readonly string[])[] = [["device_id", "device_name"], PEER_LABELS];

/** Says the labels of every device or peer once, so that the table can leave them out. */
function renderLabelNote(metrics: readonly MetricDefinition[]): string {
  const subject = metrics.map(subjectOf).find((labels) => labels.length > 0) ?? [];
  if (subject.length === 0) return "";
  const hasSubject = (metric: MetricDefinition) => subjectOf(metric).length > 0;
  const some = metrics.filter(hasSubject).map(({ name }) => `\`${name}\``);
  const others = metrics.filter((metric) => !hasSubject(metric)).map(({ name }) => `\`${name}\``);
  const labels = subject.map((label) => `\`${label}\``).join(" and ");
  if (some.length < others.length) return `; those of ${some.join(", ")} also have ${labels}`;
  const except = others.length === 0 ? "" : `, except ${others.join(", ")}`;
  return `; each series also has the labels ${labels}${except}`;
}

function renderTable(metrics: readonly MetricDefinition[]): string {
  const rows = metrics.map((metric) => [
    `\`${metric.name}\``,
    metric.type,
    ownLabels(metric).map((label) => `\`${label}\``).join(", "),
    escapeCell(metric.help),
  ]);
  const table = [["Metric", "Type", "Labels", "Meaning"], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0))
  );
  const lines = table.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`
  );
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n`);
  return lines.join("");
}

/** The labels of a metric that say which device or peer it is about. */
function subjectOf({ labels }: MetricDefinition): readonly string[] {
  return SUBJECT_LABELS.find((subject) => subject.every((label, at) => labels[at] === label)) ?? [];
}

function ownLabels(metric: MetricDefinition): readonly string[] {
  return metric.labels.slice(subjectOf(metric).length);
}

/** Help texts of foreign origin must not become Markdown. */
function escapeCell(text: string): string {
  return text.replaceAll(/[\\|*_`[\]]/g, "\\$&").replaceAll("<", "&lt;");
}

if (import.meta.main) {
  const before = await Deno.readTextFile("README.md");
  const after = fillReadme(before);
  if (after !== before) await Deno.writeTextFile("README.md", after);
  console.log(after === before ? "README.md is as it should be" : "README.md has new tables");
}
