/**
 * Access analytics: from lines of access logs to requests by user, device and service. Knows
 * neither settings nor HTTP.
 *
 * @module
 */

export { ACCESS_METRICS } from "./_access_metric.ts";
export type { Counts } from "./counts.ts";
export { Directory } from "./directory.ts";
export { Intake, type IntakeReport } from "./intake.ts";
export type { Usage } from "./ledger.ts";
export type { BadLine } from "./line.ts";
export { LineQueue } from "./line_queue.ts";
export { AccessPipeline, type AnalyticsViews, sampleOf } from "./pipeline.ts";
export { type Quota, quotaOf } from "./quota.ts";
export type { AccessRecord } from "./record.ts";
export { Redaction } from "./redaction.ts";
export { openSyslogPort, type SyslogPort } from "./syslog_port.ts";
export { describeUsage } from "./usage_report.ts";
export type { UserClass, Visitor } from "./visitor.ts";
export { type TellVisits, VisitFeed } from "./visit_feed.ts";
export type { WhoisOutcome } from "./whois_lookup.ts";
