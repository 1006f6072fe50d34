/**
 * The metrics about jobs, as data.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const JOB_DEFINITIONS = {
  success: gauge(
    "tsmetrics_job_last_success_timestamp_seconds",
    "When a job (health, critical, report, hosts, notify, quota, access) last succeeded, in Unix " +
      "seconds.",
    ["job_name"],
  ),
  duration: gauge(
    "tsmetrics_job_duration_seconds",
    "How long the last run of a job took.",
    ["job_name"],
  ),
  failures: counter(
    "tsmetrics_job_failures_total",
    "Runs of a job that failed.",
    ["job_name"],
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about jobs, in the page's order. */
export const JOB_METRICS: readonly MetricDefinition[] = Object.values(JOB_DEFINITIONS);
