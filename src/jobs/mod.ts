/**
 * Jobs at intervals, on one scheduler.
 *
 * @module
 */

export { JOB_DEFINITIONS, JOB_METRICS } from "./_metric.ts";
export { createNodeJobs, type NodeJobsOptions } from "./node_jobs.ts";
export {
  type Job,
  type JobObserver,
  type JobRuns,
  JobScheduler,
  type JobSchedulerOptions,
} from "./scheduler.ts";
