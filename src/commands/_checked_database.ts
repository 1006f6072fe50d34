/**
 * The database's side of a check: whether it would take points. None is written.
 *
 * @module
 */

import { type Config, secretsOf } from "../config/mod.ts";
import type { Runtime } from "../runtime.ts";
import { Redactor } from "../secret/redactor.ts";
import type { Sources } from "../source/mod.ts";
import type { CheckedDatabase } from "./_check_report.ts";

/** Asks the database; undefined if none is configured. */
export async function checkDatabase(
  config: Config,
  runtime: Runtime,
  { outputClient: client, proxySecrets = [] }: Pick<Sources, "outputClient" | "proxySecrets">,
): Promise<CheckedDatabase | undefined> {
  const { influxBucket, influxDatabase, influxOrg, influxUrl } = config;
  if (influxUrl === undefined) return undefined;
  const { openDatabaseClient } = await import("../database.ts");
  const redactor = new Redactor([...secretsOf(config), ...proxySecrets]);
  const database = openDatabaseClient({
    settings: { ...config, influxUrl },
    runtime,
    client,
    redactor,
  });
  const bucket = [
    ...influxOrg === undefined ? [] : [`organisation ${influxOrg}`],
    `bucket ${influxBucket}`,
  ].join(", ");
  return {
    url: influxUrl.href,
    place: influxDatabase === undefined ? bucket : `database ${influxDatabase}`,
    error: await database.check() ?? null,
  };
}
