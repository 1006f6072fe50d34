/**
 * Points for a time series database, by InfluxDB's line protocol. Knows no settings.
 *
 * @module
 */

export { createAccessPoints } from "./access_point.ts";
export { healthPoint } from "./health_point.ts";
export { PUSH_DEFINITIONS, PUSH_METRICS } from "./_metric.ts";
export { KeptPoints } from "./kept_points.ts";
export type { Point } from "./line_protocol.ts";
export { Push, type PushOptions, type PushState, type PushStatus } from "./push.ts";
export { DatabaseClient, type DatabaseClientOptions, type Place } from "./database_client.ts";
