/**
 * What `METRICS_DROP` means for the families we know: which are left out, which labels are, and
 * which labels stay because they tell the series of a family apart. Of families that only devices
 * know the relabeler finds that out.
 *
 * @module
 */

import type { DropPattern } from "../cardinality.ts";
import type { DropRules, KeptLabel } from "../exposition/mod.ts";
import { matchGlob } from "../text/glob.ts";
import { CLIENT_METRICS, SCRAPE_METRIC_INDEX, SCRAPE_METRICS } from "./_scrape_metric.ts";
import { DEVICE_LABELS } from "../metric.ts";
import { DEVICE_METRICS } from "./_device_metric.ts";
import { PEERS_DEFINITIONS, PEERS_METRICS } from "./_peer_metric.ts";

/** Without them a failing device would look like one without metrics. */
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

/** Applies `METRICS_DROP`, which never touches the exporter's own families. */
export class MetricDrop implements DropRules {
  /** Whether `device_name` goes from all series but those of `tailscale_device_info`. */
  readonly dropsName: boolean;
  /** Labels of known families that patterns name and that stay. */
  readonly kept: readonly KeptLabel[];
  readonly #patterns: readonly DropPattern[];
  readonly #families: readonly DropPattern[];
  readonly #labels: readonly LabelPattern[];
  readonly #used = new Set<DropPattern>();

  /** Patterns in any order; none by default. */
  constructor(patterns: readonly DropPattern[] = []) {
    this.#patterns = patterns;
    this.#families = patterns.filter(({ label }) => label === undefined);
    this.#labels = patterns.filter(isLabelPattern);
    const naming = this.#labels.filter(({ family, label }) =>
      family === "*" && matchGlob(label, "device_name")
    );
    this.dropsName = naming.length > 0;
    for (const pattern of naming) this.#used.add(pattern);
    this.kept = [...IDENTIFYING].flatMap(([family, labels]) =>
      this.namesFamily(family)
        ? []
        : labels.filter((label) => this.#names(family, label)).map((label) => ({ family, label }))
    );
  }

  /** Whether there is any pattern. */
  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /**
   * The patterns that have left nothing out so far: misspelt, or about what there is not. One whose
   * labels stay as {@linkcode MetricDrop.kept} says is none of them.
   */
  get idle(): readonly DropPattern[] {
    return this.#patterns.filter((pattern) => !this.#used.has(pattern) && !this.#keepsBy(pattern));
  }

  /** Whether a family would be left out as a whole if there were samples of it. */
  namesFamily(family: string): boolean {
    return !UPS.includes(family) && this.#families.some((one) => matchGlob(one.family, family));
  }

  /** Whether a family is left out as a whole; asked of those that there are. */
  dropsFamily(family: string): boolean {
    if (UPS.includes(family)) return false;
    return this.#use(this.#families.filter((one) => matchGlob(one.family, family)));
  }

  /** Whether some label of the family may have to be left out, known to us or not. */
  touches(family: string): boolean {
    const kept = [...DEVICE_LABELS, ...IDENTIFYING.get(family) ?? []];
    return this.#labels.some((one) => matchGlob(one.family, family) && !kept.includes(one.label));
  }

  /** Whether a label of a family is to be left out; asked of those that there are. */
  dropsLabel(family: string, label: string): boolean {
    if (DEVICE_LABELS.includes(label)) return false;
    if (IDENTIFYING.get(family)?.includes(label) === true) return false;
    return this.#use(this.#labels.filter((pattern) => isAbout(pattern, family, label)));
  }

  #names(family: string, label: string): boolean {
    return this.#labels.some((pattern) => isAbout(pattern, family, label));
  }

  #use(patterns: readonly DropPattern[]): boolean {
    for (const pattern of patterns) this.#used.add(pattern);
    return patterns.length > 0;
  }

  #keepsBy(pattern: DropPattern): boolean {
    return isLabelPattern(pattern) &&
      this.kept.some(({ family, label }) => isAbout(pattern, family, label));
  }
}

/** A pattern of labels. */
type LabelPattern = DropPattern & { readonly label: string };

function isLabelPattern(pattern: DropPattern): pattern is LabelPattern {
  return pattern.label !== undefined;
}

function isAbout(pattern: LabelPattern, family: string, label: string): boolean {
  return matchGlob(pattern.family, family) && matchGlob(pattern.label, label);
}
