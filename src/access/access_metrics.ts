/**
 * Counts requests and lines for `/metrics`. Each label has a bound: what comes beyond it counts as
 * `(other)`.
 *
 * @module
 */

import {
  type Counter,
  type Histogram,
  type PageSection,
  Registry,
  type SectionView,
} from "../page/mod.ts";
import { ACCESS_DEFINITIONS as D, DURATION_BUCKETS } from "./_access_metric.ts";
import { OTHER } from "./counts.ts";
import { BAD_LINES, type BadLine } from "./line.ts";
import { type AccessRecord, statusClass } from "./record.ts";
import { WHOIS_OUTCOMES, type WhoisOutcome } from "./whois_lookup.ts";

/** What became of a line, as a bounded label value. */
export type LineOutcome = BadLine | "counted" | "ignored" | "dropped" | "stale";

/** Every {@linkcode LineOutcome}. */
export const LINE_OUTCOMES: readonly LineOutcome[] = [
  "counted",
  "ignored",
  "dropped",
  "stale",
  ...BAD_LINES,
];

/** Labels that name what is private, so that they have to be asked for. */
export type AccessLabel = "user" | "device" | "endpoint";

/** Every {@linkcode AccessLabel}. */
export const ACCESS_LABELS: readonly AccessLabel[] = ["user", "device", "endpoint"];

/** Options for {@linkcode AccessMetrics}. */
export interface AccessMetricsOptions {
  /** Private labels that are wanted. Default: none. */
  readonly labels?: readonly AccessLabel[];
  /** Maximum number of values of each private label. Default: 100. */
  readonly maxValues?: number;
  /** Maximum number of services. Default: 50. */
  readonly maxServices?: number;
  /** Users and devices since midnight. */
  readonly readToday: () => { readonly users: number; readonly devices: number };
}

/** The metrics of access analytics. */
export class AccessMetrics implements PageSection {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #bytes: Counter;
  readonly #duration: Histogram;
  readonly #lines: Counter;
  readonly #whois: Counter;
  readonly #counted: readonly ((record: AccessRecord) => void)[];
  readonly #services: Names;
  readonly #totals = new Map<LineOutcome, number>();

  /** Has counted nothing yet. */
  constructor(options: AccessMetricsOptions) {
    const { labels = [], maxValues = 100, maxServices = 50, readToday } = options;
    const registry = this.#registry;
    this.#services = new Names(maxServices);
    this.#requests = registry.counter(D.requests);
    this.#bytes = registry.counter(D.bytes);
    this.#duration = registry.histogram({ ...D.duration, buckets: DURATION_BUCKETS });
    registry.gauge({ ...D.users, read: () => readToday().users });
    registry.gauge({ ...D.devices, read: () => readToday().devices });
    this.#counted = labels.map((label) => this.#countBy(label, new Names(maxValues)));
    this.#lines = registry.counter(D.lines);
    this.#whois = registry.counter(D.whois);
    for (const outcome of LINE_OUTCOMES) this.#lines.inc(0, outcome);
    for (const outcome of WHOIS_OUTCOMES) this.#whois.inc(0, outcome);
  }

  /** All metrics as they are now. */
  snapshot(): SectionView {
    return this.#registry.snapshot();
  }

  /** Counts a request. */
  counted(record: AccessRecord): void {
    const service = this.#services.nameOf(record.service);
    const { userClass } = record.visitor;
    this.#requests.inc(1, service, record.method, statusClass(record.status), userClass);
    if (record.bytes !== undefined) this.#bytes.inc(record.bytes, service, userClass);
    if (record.seconds !== undefined) this.#duration.observe(record.seconds, service);
    for (const count of this.#counted) count(record);
  }

  /** Counts a line, once what becomes of it is known. */
  line(outcome: LineOutcome, lines: number = 1): void {
    this.#totals.set(outcome, this.linesOf(outcome) + lines);
    this.#lines.inc(lines, outcome);
  }

  /** Number of lines with an outcome so far. */
  linesOf(outcome: LineOutcome): number {
    return this.#totals.get(outcome) ?? 0;
  }

  /** Counts a question to tailscaled. */
  whois(outcome: WhoisOutcome): void {
    this.#whois.inc(1, outcome);
  }

  #countBy(label: AccessLabel, names: Names): (record: AccessRecord) => void {
    if (label === "endpoint") {
      const counter = this.#registry.counter(D.endpointRequests);
      return ({ service, endpoint }) =>
        counter.inc(1, this.#services.nameOf(service), names.nameOf(endpoint));
    }
    const counter = this.#registry.counter(label === "user" ? D.userRequests : D.deviceRequests);
    return ({ visitor }) => {
      const value = visitor[label];
      if (value !== undefined) counter.inc(1, names.nameOf(value));
    };
  }
}

/** Bounds the values of a label. */
class Names {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  nameOf(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#max) return OTHER;
    this.#known.add(name);
    return name;
  }
}
