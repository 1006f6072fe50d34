/**
 * The metrics about jobs, as data.
 *
 * @module
 */

import type { MetricDefinition } from "../history/mod.ts";

/** The definitions by what the code calls them, in the page's order. */
export const JOB_DEFINITIONS = {
  success: {
    name: "tsmetrics_job_last_success_timestamp_seconds",
    type: "gauge",
    help: "When a job (health, critical, report, hosts) last succeeded, in Unix seconds.",
    labels: ["job_name"],
  },
  duration: {
    name: "tsmetrics_job_duration_seconds",
    type: "gauge",
    help: "How long the last run of a job took.",
    labels: ["job_name"],
  },
  failures: {
    name: "tsmetrics_job_failures_total",
    type: "counter",
    help: "Runs of a job that failed.",
    labels: ["job_name"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about jobs, in the page's order. */
export const JOB_METRICS: readonly MetricDefinition[] = Object.values(JOB_DEFINITIONS);
