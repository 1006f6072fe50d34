/**
 * Writes what documents say of settings and metrics, from the data that the program uses:
 * `.env.example` as a whole, and the tables in `docs/`, each between two comments such as
 * `<!-- begin settings -->` and `<!-- end settings -->`. The rest of `docs/` is written by hand. A
 * test fails where a file is not what this tool writes.
 *
 *     deno task docs
 *
 * @module
 */

import { ACCESS_METRICS } from "../src/access/mod.ts";
import { PEERS_METRICS } from "../src/collectors/host/mod.ts";
import {
  CLIENT_METRICS,
  DEVICE_METRICS,
  EXPORTER_METRICS,
  SCRAPE_METRICS,
} from "../src/collectors/mod.ts";
import { envExample, settingsReference } from "../src/config/mod.ts";
import { ALERT_METRICS } from "../src/alerts/mod.ts";
import { HISTORY_METRICS, STREAM_METRICS } from "../src/history/mod.ts";
import { JOB_METRICS } from "../src/jobs/mod.ts";
import { DEVICE_LABELS, type MetricDefinition, PEER_LABELS } from "../src/metric.ts";
import { KEEPALIVE_DEFINITIONS, WATCHDOG_DEFINITIONS } from "../src/paths/mod.ts";
import { NOTIFY_METRICS } from "../src/notify/mod.ts";
import { PUSH_METRICS } from "../src/push/mod.ts";

/** Metrics that have one source. */
export interface MetricGroup {
  /** Where they come from. */
  readonly title: string;
  /** In the page's order. */
  readonly metrics: readonly MetricDefinition[];
}

/** All metrics, by source, in the page's order. */
export const METRIC_GROUPS: readonly MetricGroup[] = [
  { title: "From the Tailscale API", metrics: DEVICE_METRICS },
  { title: "From each device", metrics: CLIENT_METRICS },
  { title: "About the scrape of each device", metrics: SCRAPE_METRICS },
  { title: "From this host's tailscaled", metrics: PEERS_METRICS },
  { title: "From the keepalive", metrics: Object.values(KEEPALIVE_DEFINITIONS) },
  { title: "From the watchdog", metrics: Object.values(WATCHDOG_DEFINITIONS) },
  { title: "About the history", metrics: HISTORY_METRICS },
  { title: "About alerts", metrics: [...ALERT_METRICS, ...NOTIFY_METRICS] },
  { title: "About the database", metrics: PUSH_METRICS },
  { title: "About jobs", metrics: JOB_METRICS },
  { title: "About the exporter", metrics: [...EXPORTER_METRICS, ...STREAM_METRICS] },
  { title: "From access logs", metrics: ACCESS_METRICS },
];

/** A generated document. */
interface GeneratedDocument {
  /** Path from the root of the project. */
  readonly path: string;
  /** What the file holds, made from what it holds now. */
  readonly fill: (text: string) => string;
}

/** All documents that this tool writes, in whole or in part. */
export const GENERATED: readonly GeneratedDocument[] = [
  { path: ".env.example", fill: envExample },
  {
    path: "docs/configuration.md",
    fill: (text) => fillBlock(text, "settings", settingsReference()),
  },
  { path: "docs/metrics.md", fill: (text) => fillBlock(text, "metrics", metricsReference()) },
];

/** The reference of metrics: for each source a heading, a sentence about labels, and a table. */
export function metricsReference(): string {
  return METRIC_GROUPS.map(renderGroup).join("\n");
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

function renderGroup({ title, metrics }: MetricGroup): string {
  return `## ${title}\n\n${renderLabelNote(metrics)}${renderTable(metrics)}`;
}

/** Labels that stand on every series about one thing. */
const SUBJECT_LABELS: readonly (readonly string[])[] = [DEVICE_LABELS, PEER_LABELS];

/** Says the labels of every device or peer once, so that the table can leave them out. */
function renderLabelNote(metrics: readonly MetricDefinition[]): string {
  const subject = metrics.map(subjectOf).find((labels) => labels.length > 0) ?? [];
  if (subject.length === 0) return "";
  const hasSubject = (metric: MetricDefinition) => subjectOf(metric).length > 0;
  const some = metrics.filter(hasSubject).map(({ name }) => `\`${name}\``);
  const others = metrics.filter((metric) => !hasSubject(metric)).map(({ name }) => `\`${name}\``);
  const labels = subject.map((label) => `\`${label}\``).join(" and ");
  if (some.length < others.length) return `${some.join(" and ")} also have ${labels}.\n\n`;
  const except = others.length === 0 ? "" : `, except ${others.join(", ")}`;
  return `Each series also has the labels ${labels}${except}.\n\n`;
}

/** Cells are not padded, so that a new row changes one line. */
function renderTable(metrics: readonly MetricDefinition[]): string {
  const rows = metrics.map((metric) => {
    const labels = ownLabels(metric).map((label) => `\`${label}\``).join(", ");
    return `| \`${metric.name}\` | ${metric.type} | ${labels} | ${escapeCell(metric.help)} |\n`;
  });
  return `| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n${rows.join("")}`;
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
  for (const { path, fill } of GENERATED) {
    const before = await Deno.readTextFile(path);
    const after = fill(before);
    if (after !== before) await Deno.writeTextFile(path, after);
    console.log(`${path}: ${after === before ? "up to date" : "written"}`);
  }
}
