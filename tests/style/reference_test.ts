import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { API_ROUTES, STREAM_ROUTE } from "../../src/api/route_table.ts";
import { SCRAPE_STATES } from "../../src/facts/mod.ts";
import { PEERS_METRICS } from "../../src/collectors/host/mod.ts";
import {
  CLIENT_METRICS,
  DEVICE_METRICS,
  EXPORTER_METRICS,
  SCRAPE_METRICS,
} from "../../src/collectors/mod.ts";
import { ACCESS_METRICS } from "../../src/access/mod.ts";
import { COMMANDS } from "../../src/config/command.ts";
import { DEFAULT_LIMITS } from "../../src/exposition/mod.ts";
import { createMetricsAnswer } from "../../src/http/metrics.ts";
import { createRoutes } from "../../src/http/route.ts";
import { ALERT_METRICS, ALERT_RULES, RULES } from "../../src/alerts/mod.ts";
import { JOB_METRICS } from "../../src/jobs/mod.ts";
import { NOTIFY_METRICS } from "../../src/notify/mod.ts";
import { ACCESS_MEASUREMENT } from "../../src/push/access_point.ts";
import { HEALTH_MEASUREMENT } from "../../src/push/health_point.ts";
import { PUSH_METRICS } from "../../src/push/mod.ts";
import { EVENT_TYPES, HISTORY_METRICS, STREAM_METRICS } from "../../src/history/mod.ts";
import { KEEPALIVE_METRICS, WATCHDOG_METRICS } from "../../src/paths/mod.ts";
import { PATH_STATES } from "../../src/paths/path_state.ts";
import { fakeViews } from "../http/_fake_views.ts";
import { MAX_EMBEDDED_DEVICES } from "../../src/tailnet_log.ts";
import { DOCUMENTS, FOREIGN_VARIABLES, tableRows, VARIABLES } from "./documents.ts";
import { filesBelow, textOf } from "./tree.ts";

const METRICS: readonly string[] = [
  ...DEVICE_METRICS,
  ...CLIENT_METRICS,
  ...SCRAPE_METRICS,
  ...EXPORTER_METRICS,
  ...ACCESS_METRICS,
  ...PEERS_METRICS,
  ...KEEPALIVE_METRICS,
  ...WATCHDOG_METRICS,
  ...HISTORY_METRICS,
  ...STREAM_METRICS,
  ...ALERT_METRICS,
  ...JOB_METRICS,
  ...NOTIFY_METRICS,
  ...PUSH_METRICS,
].map(({ name }) => name);

/** What is written to a database, and what VictoriaMetrics makes of it. */
const MEASUREMENTS: readonly string[] = [
  HEALTH_MEASUREMENT,
  `${HEALTH_MEASUREMENT}_online`,
  ACCESS_MEASUREMENT,
];

Deno.test("documents name settings that exist", async () => {
  const unknown: string[] = [];
  for (const path of DOCUMENTS) {
    const text = (await textOf(path)).split("\n").map(withoutOtherPrograms(path)).join("\n");
    for (const [, name = ""] of text.matchAll(/`([A-Z][A-Z\d]*_[A-Z\d_]*)(?:=[^`]*)?`/g)) {
      if (VARIABLES.includes(name) || FOREIGN_VARIABLES.includes(name)) continue;
      // The beginning of several, such as `LIMIT_PAGE_`.
      if (name.endsWith("_") && VARIABLES.some((each) => each.startsWith(name))) continue;
      unknown.push(`${path}: ${name}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("documents name metrics that exist, but for those of other programs", async () => {
  const unknown: string[] = [];
  for (const path of DOCUMENTS) {
    const text = (await textOf(path)).split("\n").map(withoutOtherPrograms(path)).join("\n");
    for (const [name] of text.matchAll(/(?<!:)\b(?:tailscaled?|tsmetrics|process)_[a-z_]+\*?/g)) {
      const isThere = name.endsWith("*")
        ? METRICS.some((each) => each.startsWith(name.slice(0, -1)))
        : METRICS.includes(name) || MEASUREMENTS.includes(name) ||
          PEERS_METRICS.some(({ labels }) => labels.includes(name));
      if (!isThere) unknown.push(`${path}: ${name}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("docs/endpoints.md has the routes, and says which require the token", async () => {
  const rows = tableRows(await textOf("docs/endpoints.md"));
  const told = rows.flatMap(([paths = "", , token]) =>
    [...paths.matchAll(/`([^`]+)`/g)].map(([, path]) => `${path} ${token}`)
  );
  const views = fakeViews();
  const routes = [...createRoutes(views, createMetricsAnswer({ page: views.page }))]
    .map(([path, { access, isPublic }]) => {
      // The page itself is public where there is a token.
      const whether = isPublic === undefined ? "yes" : "all but the page itself";
      return `${path} ${access === "guarded" ? whether : "no"}`;
    });
  assertEquals(told.sort(), routes.sort());
});

Deno.test("docs/api.md has the paths of the JSON API", async () => {
  const told = tableRows(await textOf("docs/api.md"))
    .flatMap(([cell = ""]) => /^`(\/[^`]+)`$/.exec(cell)?.[1] ?? []);
  assertEquals(told.sort(), [...API_ROUTES, STREAM_ROUTE].map(({ path }) => path).sort());
});

Deno.test("docs/history.md has every type of event", async () => {
  const [, section = ""] = (await textOf("docs/history.md")).split("\n## Events\n");
  const told = tableRows(section.split("\n## ")[0] ?? "").flatMap(([types = ""]) =>
    [...types.matchAll(/`(\w+)`/g)].map(([, type = ""]) => type)
  );
  assertEquals(told.sort(), [...EVENT_TYPES].sort());
});

Deno.test("docs/history.md has the built-in alert rules with their times", async () => {
  const minutes = (ms: number) => ms === 0 ? "0" : `${ms / 60_000}m`;
  const rules = ALERT_RULES.map((rule) => {
    const { clearMs, forMs, severity } = RULES[rule];
    return [`\`${rule}\``, `\`${severity}\``, minutes(forMs), minutes(clearMs)];
  });
  const [, section = ""] = (await textOf("docs/history.md")).split("\n## Alerts\n");
  const told = tableRows(section)
    .filter(([, severity = ""]) => severity.startsWith("`"))
    .map(([rule, severity, , before, after]) => [rule, severity, before, after]);
  assertEquals(told, rules);
});

Deno.test("README.md has the numbers of alerts and dashboards of deploy/", async () => {
  const readme = await textOf("README.md");
  const rules = await textOf("deploy/prometheus/alerts.rules.yml");
  const dashboards = (await filesBelow("deploy/grafana/")).filter((path) =>
    path.includes("/tsmetrics-")
  );
  assertStringIncludes(readme, `**${[...rules.matchAll(/- alert: /g)].length} alerts**`);
  assertEquals([dashboards.length, ALERT_RULES.length], [5, 10]);
  for (const words of ["**Five Grafana dashboards**", "ten built-in alerts"]) {
    assertStringIncludes(readme, words);
  }
});

Deno.test("docs/commands.md has the commands of the command line", async () => {
  const rows = tableRows(await textOf("docs/commands.md"));
  const told = rows.flatMap(([names = ""]) =>
    [...names.matchAll(/`tsmetrics (\w+)`/g)].map(([, name]) => name)
  );
  assertEquals(told.sort(), Object.keys(COMMANDS).sort());
});

Deno.test("documents explain every value of labels that our metrics have", async () => {
  const exporter = await textOf("tests/_golden/exporter.prom");
  const tables: readonly (readonly [string, readonly string[]])[] = [
    ["docs/metrics.md", [...SCRAPE_STATES, ...labelValues(exporter, "error_type")]],
    ["docs/host.md", PATH_STATES],
    ["docs/cardinality.md", labelValues(exporter, "reason")],
  ];
  for (const [path, values] of tables) {
    assert(values.length > 5, path);
    const cells = tableRows(await textOf(path)).map(([first = ""]) => first).join(" ");
    assertEquals(values.filter((value) => !cells.includes(`\`${value}\``)), [], path);
  }
});

Deno.test("the README's limits of a page are those of the relabeler", async () => {
  const { maxBytes, maxLines, maxSamples, maxFamilies } = DEFAULT_LIMITS;
  const [lines, series] = [maxLines, maxSamples].map((count) => count.toLocaleString("en-US"));
  const wanted = `${
    maxBytes / 2 ** 20
  } MiB, ${lines} lines, ${series} series and ${maxFamilies} families`;
  assertStringIncludes(await textOf("README.md"), wanted);
});

Deno.test("README.md and docs/tailnet.md alone say for how many devices an embedded node is", async () => {
  const telling: string[] = [];
  const size = new RegExp(`(?<![,\\d])${MAX_EMBEDDED_DEVICES} devices`);
  for (const path of [...DOCUMENTS, ...await filesBelow("deploy/")]) {
    if (size.test(await textOf(path))) telling.push(path);
  }
  assertEquals(telling.sort(), ["README.md", "docs/tailnet.md"]);
});

/** Takes from a row of the migration tables what it says about another program. */
function withoutOtherPrograms(path: string): (line: string) => string {
  if (path !== "docs/migrating.md") return (line) => line;
  return (line) => /^\|.*(\|[^|]*\|)$/.exec(line)?.[1] ?? line;
}

/** The values of a label on a page, each once. */
function labelValues(page: string, label: string): readonly string[] {
  const pattern = new RegExp(`[{,]${label}="([^"]*)"`, "g");
  return [...new Set([...page.matchAll(pattern)].map(([, value = ""]) => value))];
}
