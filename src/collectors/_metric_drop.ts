/**
 * What `METRICS_DROP` means for the families we know: which are left out, which labels are, and
 * which labels stay because they tell the series of a family apart. Of families that only devices
 * know the relabeler finds that out.
 *
 * @module
 */

import type { DropPattern } from "../cardinality.ts";
import type { DropRules, KeptLabel } from "../exposition/relabel.ts";
import { matchGlob } from "../glob.ts";
import { CLIENT_METRICS, SCRAPE_METRIC_INDEX, SCRAPE_METRICS } from "./_client_metric.ts";
import { DEVICE_LABELS } from "./_definition.ts";
import { DEVICE_METRICS } from "./_device_metric.ts";
import { PEERS_DEFINITIONS, PEERS_METRICS } from "./_peer_metric.ts";

/** Without them nobody could tell what fails from what has nothing to say. */
const UPS: readonly (string | undefined)[] = [
  SCRAPE_METRICS[SCRAPE_METRIC_INDEX.up]?.name,
  PEERS_DEFINITIONS.up.name,
];

/** The labels that tell apart the series that a family has of one device, or of one host. */
const IDENTIFYING: ReadonlyMap<string, readonly string[]> = new Map(
  [...DEVICE_METRICS, ...CLIENT_METRICS, ...SCRAPE_METRICS, ...PEERS_METRICS].map(
    ({ name, labels, facts = [] }) => [
      name,
      labels.filter((label) => !DEVICE_LABELS.includes(label) && !facts.includes(label)),
    ],
  ),
);

/** Patterns of what is left out, applied. Families about the exporter are nobody's to drop. */
export class MetricDrop implements DropRules {
  /** Whether `device_name` goes from all series but those of `tailscale_device_info`. */
  readonly dropsName: boolean;
  /** Labels of known families that patterns name and that stay. */
  readonly kept: readonly KeptLabel[];
  readonly #families: readonly string[];
  readonly #labels: readonly (readonly [family: string, label: string])[];

  /** Patterns in any order; none by default. */
  constructor(patterns: readonly DropPattern[] = []) {
    this.#families = patterns.filter(({ label }) => label === undefined)
      .map(({ family }) => family);
    this.#labels = patterns.flatMap(({ family, label }) =>
      label === undefined ? [] : [[family, label] as const]
    );
    this.dropsName = this.#labels.some(([family, label]) =>
      family === "*" && matchGlob(label, "device_name")
    );
    this.kept = [...IDENTIFYING].flatMap(([family, labels]) =>
      this.dropsFamily(family)
        ? []
        : labels.filter((label) => this.#names(family, label)).map((label) => ({ family, label }))
    );
  }

  /** Whether there is any pattern. */
  get isEmpty(): boolean {
    return this.#families.length + this.#labels.length === 0;
  }

  /** Whether a family is left out as a whole. */
  dropsFamily(family: string): boolean {
    return !UPS.includes(family) && this.#families.some((glob) => matchGlob(glob, family));
  }

  /** Whether some label of the family may have to be left out, known to us or not. */
  touches(family: string): boolean {
    const kept = [...DEVICE_LABELS, ...IDENTIFYING.get(family) ?? []];
    return this.#labels.some(([glob, label]) => matchGlob(glob, family) && !kept.includes(label));
  }

  /** Whether a label of a family is to be left out. */
  dropsLabel(family: string, label: string): boolean {
    if (DEVICE_LABELS.includes(label)) return false;
    return IDENTIFYING.get(family)?.includes(label) !== true && this.#names(family, label);
  }

  #names(family: string, label: string): boolean {
    return this.#labels.some(([families, labels]) =>
      matchGlob(families, family) && matchGlob(labels, label)
    );
  }
}
