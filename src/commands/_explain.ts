/**
 * What a page costs, as a table for people and as JSON for machines: before it is paid for.
 *
 * @module
 */

import { type DropPattern, formatDropPattern } from "../cardinality.ts";
import type { Census } from "../exposition/mod.ts";
import type { DeviceFacts } from "../facts/mod.ts";
import type { DebugReport } from "../http/mod.ts";
import { matchGlob } from "../text/glob.ts";
import { replaceUnsafe } from "../text/printable.ts";
import { PLAIN, plural, renderTable, shorten } from "./_terminal_text.ts";

/** What is not on the page. */
export interface LeftOutCount {
  /** The family; null = whole pages, or families beyond those that are named. */
  readonly family: string | null;
  /** Why, as `tsmetrics_relay_dropped_total` counts it. */
  readonly reason: string;
  /** Samples of the last pages. */
  readonly samples: number;
  /** Devices whose samples they are. */
  readonly devices: number;
}

/** What `once --explain` tells. */
export interface Explanation extends Census {
  /** Devices of the inventory. */
  readonly devices: number;
  /** What is not on the page, the most first. */
  readonly leftOut: readonly LeftOutCount[];
  /** Labels that should be left out and stay, since they tell series apart. */
  readonly keptLabels: readonly string[];
  /** Patterns of `METRICS_DROP` that leave nothing out, about families that there are not. */
  readonly idlePatterns: readonly string[];
}

/**
 * Puts an explanation together.
 *
 * Shape: the page's counts, DeviceFacts[] (0..n) → what is left out, summed by family and reason
 */
export function makeExplanation(
  census: Census,
  devices: readonly DeviceFacts[],
  { keptLabels, idlePatterns }: Pick<DebugReport["cardinality"], "keptLabels" | "idlePatterns">,
): Explanation {
  const counts = new Map<string, LeftOutCount>();
  for (const one of devices) {
    for (const { family = null, reason, samples } of one.leftOut) {
      const key = `${reason} ${family}`;
      const before = counts.get(key) ?? { family, reason, samples: 0, devices: 0 };
      const after = { samples: before.samples + samples, devices: before.devices + 1 };
      counts.set(key, { ...before, ...after });
    }
  }
  const leftOut = [...counts.values()].sort((a, b) => b.samples - a.samples);
  return {
    ...census,
    devices: devices.length,
    leftOut,
    keptLabels: keptLabels.map(({ family, label }) => `${family}{${label}}`),
    idlePatterns: idlePatterns.filter((pattern) => !isLeftOut(pattern, leftOut))
      .map(formatDropPattern),
  };
}

/** Whether families of the pattern are left out for another reason, so that it has none to do. */
function isLeftOut({ family, label }: DropPattern, leftOut: readonly LeftOutCount[]): boolean {
  if (label !== undefined) return false;
  return leftOut.some((one) => one.family !== null && matchGlob(family, one.family));
}

/** The explanation for people: families, labels, what is left out, and a sum. */
export function renderExplanation(explanation: Explanation): string {
  const { series, bytes, families, labels, leftOut, devices } = explanation;
  const { keptLabels, idlePatterns } = explanation;
  const blocks = [
    renderRows(["FAMILY", "SERIES", "SHARE", "BYTES", "LABELS (DIFFERENT VALUES)"], [
      ...families.map((one) => [
        one.family,
        one.series,
        share(one.series, series),
        one.bytes,
        one.labels.map(({ label, values }) => `${label} ${values}`).join(", "),
      ]),
    ]),
    renderRows(["LABEL", "SERIES", "VALUES", "BYTES", "SHARE", "MOST FREQUENT (SERIES)"], [
      ...labels.map((one) => [
        one.label,
        one.series,
        one.values,
        one.bytes,
        share(one.bytes, bytes),
        one.top.map(({ value, series }) => `${shorten(replaceUnsafe(value), 40)} ${series}`).join(
          ", ",
        ),
      ]),
    ]),
  ];
  if (leftOut.length > 0) {
    blocks.push(renderRows(["LEFT OUT", "SAMPLES", "DEVICES", "WHY"], [
      ...leftOut.map((one) => [
        replaceUnsafe(one.family ?? "(whole pages)"),
        one.samples,
        one.devices,
        one.reason,
      ]),
    ]));
  }
  if (keptLabels.length > 0) {
    blocks.push(`These labels stay, they tell series apart: ${keptLabels.join(", ")}\n`);
  }
  if (idlePatterns.length > 0) {
    blocks.push(`These patterns of METRICS_DROP leave out nothing: ${idlePatterns.join(", ")}\n`);
  }
  const each = devices === 0 ? "" : `, ${Math.round(series / devices)} a device`;
  blocks.push(
    `${plural(series, "series", "series")} of ${plural(devices, "device")}${each}; ` +
      `${plural(bytes, "byte")}, ${plural(families.length, "family", "families")}, ${
        plural(labels.length, "label")
      }.\n`,
  );
  return blocks.join("\n");
}

/** Numbers to the right, texts to the left, the last column as long as it likes. */
function renderRows(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isRight = head.map((_, column) =>
    rows.some((row) => typeof row[column] === "number" || /^[\d.]+ %$/.test(row[column] ?? ""))
  );
  const cells = rows.map((row) => row.map((cell) => ({ text: String(cell) })));
  return renderTable(head, cells, PLAIN, isRight).map((line) => `${line}\n`).join("");
}

function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : 100 * part / whole).toFixed(1)} %`;
}
