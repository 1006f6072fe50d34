/**
 * Writes the dashboards of `deploy/grafana/` from `tools/dashboards/`, and the list of metric names
 * that these may use. A test fails where a file is not what this tool writes.
 *
 *     deno task dashboards
 *
 * @module
 */

import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { METRIC_GROUPS } from "./docs.ts";

/** Names of all series that the program has, those of a histogram's parts included. */
export function seriesNames(): readonly string[] {
  const names = METRIC_GROUPS.flatMap(({ metrics }) => metrics).flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  );
  return [...new Set(names)].sort();
}

/** The module with the type of those names. */
export function renderMetricNames(): string {
  const union = seriesNames().map((name) => `  | ${JSON.stringify(name)}`).join("\n");
  return `/**
 * Names of all series that tsmetrics has. Made by \`deno task dashboards\`.
 *
 * @module
 */

/** The name of a series. */
export type MetricName =
${union};
`;
}

/** File name and content of each dashboard. */
export function renderDashboards(
  dashboards: readonly DashboardBuilder[],
): ReadonlyMap<string, string> {
  return new Map(dashboards.map((builder) => {
    const built = builder.build();
    return [`${built.uid}.json`, JSON.stringify(built, null, 2) + "\n"];
  }));
}

if (import.meta.main) {
  Deno.writeTextFileSync("tools/dashboards/_metric_name.ts", renderMetricNames());
  const { DASHBOARDS } = await import("./dashboards/mod.ts");
  for (const [name, content] of renderDashboards(DASHBOARDS.map((make) => make()))) {
    Deno.writeTextFileSync(`deploy/grafana/${name}`, content);
  }
}
