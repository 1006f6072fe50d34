import { assert, assertEquals } from "@std/assert";
import { NODE_STATES, SIDECAR_STATES } from "../../src/own_node/node_status.ts";
import { seriesNames } from "../../tools/dashboards.ts";
import { ALERT_GROUPS, renderRuleFiles } from "../../tools/rules.ts";
import { renderGrafanaAlerts } from "../../tools/rules/grafana.ts";
import { OUT, UNREADY } from "../../tools/rules/part_alerts.ts";
import { TAILSCALE_EXPORTER_GROUPS } from "../../tools/rules/migration_rules.ts";
import { RECORDING_GROUPS } from "../../tools/rules/recording_rules.ts";

const ALERTS = ALERT_GROUPS.flatMap(({ rules }) => rules);
const RECORDED = [...RECORDING_GROUPS, ...TAILSCALE_EXPORTER_GROUPS].flatMap(({ rules }) => rules);

Deno.test("renderRuleFiles() writes what stands in deploy/", () => {
  for (const [path, content] of renderRuleFiles()) {
    assertEquals(Deno.readTextFileSync(path), content, `${path}: run "deno task rules"`);
  }
});

Deno.test("alerts and recording rules ask for metrics that exist", () => {
  const known = new Set([
    "up",
    ...RECORDED.map(({ record }) => record),
    ...seriesNames(),
  ]);
  const unknown = [...ALERTS, ...RECORDED].flatMap(({ expr }) =>
    [...expr.matchAll(/[a-z_]+:[a-z\d_:]+|\b(?:tailscaled?|tsmetrics)_[a-z\d_]+|\bup\b/g)]
      .map(([name]) => name).filter((name) => !known.has(name))
  );
  assertEquals(unknown, []);
});

Deno.test("docs/runbooks.md has a section for each alert, in their order", () => {
  const sections = [...Deno.readTextFileSync("docs/runbooks.md").matchAll(/^### (.+)$/gm)];
  assertEquals(sections.map(([, name]) => name), ALERTS.map(({ alert }) => alert));
});

Deno.test("each alert says in its summary whom it is about, and in its description the number", () => {
  for (const { alert, expr, summary, description } of ALERTS) {
    // These look at all exporters, and have no labels to tell.
    const isOfAll = /^(?:absent|max)\(/.test(expr);
    assert(isOfAll || summary.includes("{{ $labels."), alert);
    // Where the value is 0 or 1 there is no number to tell.
    const isFlag = /== [01]\)?(?!\d)|tailscale_peer_relayed:active\n|absent\(|increase\(.*> 0$/
      .test(expr);
    assert(isFlag || description.includes("{{ $value"), alert);
  }
});

Deno.test("each state of our own node but running has one alert", () => {
  const alerted = [...OUT, ...UNREADY, "running"];
  assertEquals(alerted.toSorted(), [...new Set([...NODE_STATES, ...SIDECAR_STATES])].toSorted());
});

Deno.test("renderGrafanaAlerts() gives each rule a uid of its own that Grafana takes", () => {
  const { groups } = JSON.parse(renderGrafanaAlerts(ALERT_GROUPS)) as {
    readonly groups: readonly { readonly rules: readonly { readonly uid: string }[] }[];
  };
  const uids = groups.flatMap(({ rules }) => rules.map(({ uid }) => uid));
  assertEquals([uids.length, new Set(uids).size], [ALERTS.length, ALERTS.length]);
  for (const uid of uids) assert(/^[\w-]{1,40}$/.test(uid), uid);
});
