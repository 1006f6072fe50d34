/**
 * Writes what the Helm chart has of others: rules, dashboards, and the schema of its values. A
 * chart cannot read files beside it, so these are copies; a test fails where one is not what this
 * tool writes.
 *
 *     deno task chart
 *
 * @module
 */

import { parse } from "yaml";
import { renderValuesSchema } from "./chart/values_schema.ts";
import { renderDashboards } from "./dashboards.ts";
import { DASHBOARDS } from "./dashboards/mod.ts";
import { renderRuleFiles } from "./rules.ts";

/** Where the chart is. */
export const CHART = "deploy/helm";

/** Path and content of each file. */
export function renderChartFiles(values: string): ReadonlyMap<string, string> {
  const rules = [...renderRuleFiles()]
    .filter(([path]) => /\/(?:recording|alerts)\.rules\.yml$/.test(path))
    .map(([path, content]) => [`${CHART}/files/rules/${fileName(path)}`, content] as const);
  const dashboards = [...renderDashboards(DASHBOARDS.map((make) => make()))]
    .map(([name, content]) => [`${CHART}/files/dashboards/${name}`, content] as const);
  const schema = [`${CHART}/values.schema.json`, renderValuesSchema(parse(values))] as const;
  return new Map([...rules, ...dashboards, schema]);
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

if (import.meta.main) {
  const values = Deno.readTextFileSync(`${CHART}/values.yaml`);
  for (const [path, content] of renderChartFiles(values)) {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, content);
  }
}
