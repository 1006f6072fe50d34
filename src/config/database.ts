/**
 * Settings of the time series database that points are written to.
 *
 * @module
 */

import type { Secret } from "../secret/secret.ts";
import { apiUrl } from "./address.ts";
import { boolean, secret, text } from "./kind.ts";
import type { SettingsOf } from "./setting.ts";
import { size } from "./size.ts";

/** Where points are written. */
export interface DatabaseConfig {
  /** Base URL of the database; absent = none. */
  readonly influxUrl?: URL;
  /** Token; absent = none is sent. */
  readonly influxToken?: Secret;
  /** Organisation of InfluxDB 2; absent = none is named. */
  readonly influxOrg?: string;
  /** Bucket of InfluxDB 2. */
  readonly influxBucket: string;
  /** Database of InfluxDB 1; absent = the API of version 2 is used. */
  readonly influxDatabase?: string;
  /** User of InfluxDB 1. */
  readonly influxUsername?: string;
  /** The user's password. */
  readonly influxPassword?: Secret;
  /** Maximum size of the points that wait. Units: bytes. */
  readonly influxBuffer: number;
  /** Whether requests of access logs are written, too. */
  readonly influxAccess: boolean;
}

const NAME = /^[^\p{Cc}]{1,200}$/u;

/** Where points are written. */
export const DATABASE_SETTINGS: SettingsOf<DatabaseConfig> = {
  influxUrl: {
    variable: "INFLUX_URL",
    kind: apiUrl("http://influxdb:8086"),
    help: "Write a point for each node to this InfluxDB or VictoriaMetrics every HEALTH_INTERVAL " +
      "(docs/push.md).",
    example: "http://influxdb:8086",
  },
  influxToken: {
    variable: "INFLUX_TOKEN",
    kind: secret(),
    help: "Token that may write to the bucket.",
    example: "",
  },
  influxOrg: {
    variable: "INFLUX_ORG",
    kind: text("a name without control characters", NAME),
    help: "Organisation of InfluxDB 2, by name or id.",
    example: "home",
  },
  influxBucket: {
    variable: "INFLUX_BUCKET",
    kind: text("a name without control characters", NAME),
    default: "analytics",
    help: "Bucket of InfluxDB 2 or 3.",
  },
  influxDatabase: {
    variable: "INFLUX_DATABASE",
    kind: text("a name without control characters", NAME),
    help:
      "Database of InfluxDB 1 or VictoriaMetrics: uses the API of version 1 instead of a bucket.",
    example: "analytics",
  },
  influxUsername: {
    variable: "INFLUX_USERNAME",
    kind: text("a name without colon and control characters", /^[^\p{Cc}:]{1,200}$/u),
    help: "User of InfluxDB 1, where it wants a login.",
    example: "tsmetrics",
  },
  influxPassword: {
    variable: "INFLUX_PASSWORD",
    kind: secret(),
    help: "Password of INFLUX_USERNAME.",
    example: "",
  },
  influxBuffer: {
    variable: "INFLUX_BUFFER",
    kind: size(1_000_000, 1_000_000_000),
    default: "16MB",
    help: "Maximum size of the points that wait in memory while the database is down: an hour of " +
      "10,000 nodes. Beyond it the oldest are dropped and counted.",
  },
  influxAccess: {
    variable: "INFLUX_ACCESS",
    kind: boolean(),
    default: "false",
    help:
      "Write a point for each request of the access logs, too: with user, device and endpoint " +
      "as ACCESS_REDACT leaves them.",
  },
};
