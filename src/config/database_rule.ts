/**
 * Checks of the settings of the time series database that hold together only.
 *
 * @module
 */

import { takesAccessLogs } from "./analytics.ts";
import { warnAboutClearText } from "./headscale_rule.ts";
import type { Reading } from "./_reading.ts";

/** Checks that the settings are those of one database. Without one there is nothing to check. */
export function checkDatabase(reading: Reading): void {
  const { config, faults, given, warnings } = reading;
  const url = given.get("influxUrl");
  if (url === undefined) return;
  const [database, bucket, org] = [
    given.get("influxDatabase"),
    given.get("influxBucket"),
    given.get("influxOrg"),
  ];
  const [user, password] = [given.get("influxUsername"), given.get("influxPassword")];
  if (database !== undefined && (bucket ?? org) !== undefined) {
    faults.push(
      `Cannot choose where to write: got ${database} and ${bucket ?? org}, want the database of ` +
        "version 1 or organisation and bucket of version 2, not both.",
    );
  }
  if (database === undefined && (user ?? password) !== undefined) {
    faults.push(
      `Cannot use ${user ?? password}: version 2 takes a token, want INFLUX_TOKEN, or ` +
        "INFLUX_DATABASE for version 1.",
    );
  } else if ((user === undefined) !== (password === undefined)) {
    const [lacks] = user === undefined ? ["INFLUX_USERNAME"] : ["INFLUX_PASSWORD"];
    faults.push(
      `Cannot log in at the database: got ${user ?? password} alone, want ${lacks} with it.`,
    );
  }
  if (config.influxAccess && !takesAccessLogs(config)) {
    warnings.push(
      `${
        given.get("influxAccess")
      } has no effect: no access logs are taken; set ACCESS_LISTEN or ACCESS_INGEST.`,
    );
  }
  if (config.history === "off") {
    warnings.push(`No points of nodes are written to ${url}: ${given.get("history")} is off.`);
  }
  if ((given.get("influxToken") ?? password) !== undefined) {
    warnAboutClearText(reading, "influxUrl");
  }
}
