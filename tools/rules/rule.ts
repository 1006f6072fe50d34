/**
 * The shape of the rules that `deploy/` ships: recording rules and alerts as data, from which
 * `tools/rules.ts` writes every file in the format of its reader.
 *
 * @module
 */

/** A recording rule: a query under a name of its own. */
export interface RecordingRule {
  /** Name of the new series, `level:metric:operation`. */
  readonly record: string;
  /** The query, in PromQL. */
  readonly expr: string;
  /** What the series tells; a comment in the rule file. */
  readonly comment: string;
}

/** How urgent an alert is, as its `severity` label. */
export type Severity =
  /** Pages: something is down, or will be within days. */
  | "critical"
  /** Wants a look during working hours. */
  | "warning"
  /** Worth knowing; never a page. */
  | "info";

/** An alert. */
export interface Alert {
  /** Its name, and the anchor of its runbook. */
  readonly alert: string;
  /** The query; each of its series fires one alert. */
  readonly expr: string;
  /** Time for which the query must have an answer, as Prometheus writes durations. */
  readonly for: string;
  /** How urgent it is. */
  readonly severity: Severity;
  /** One line; Prometheus' templates are expanded. */
  readonly summary: string;
  /** What was measured, with the number in it. */
  readonly description: string;
}

/** Rules that Prometheus evaluates together, one after the other. */
export interface RuleGroup<Rule> {
  /** Its name. */
  readonly name: string;
  /** What it is about; a comment in the rule file. */
  readonly comment: string;
  /** The rules, in order. */
  readonly rules: readonly Rule[];
}

/**
 * An alert's value as a whole number, for descriptions that count: `increase()` extrapolates, so
 * one request within a quarter of an hour is 1.07 to `humanize`.
 */
export const COUNT = '{{ $value | printf "%.0f" }}';
