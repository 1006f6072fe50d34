import { assert, assertEquals } from "@std/assert";
import { renderDashboards, renderMetricNames } from "../../tools/dashboards.ts";
import { DASHBOARDS } from "../../tools/dashboards/mod.ts";

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly panels?: readonly Panel[];
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: Readonly<Record<string, unknown>> };
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly refresh: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
}

const BUILT = renderDashboards(DASHBOARDS.map((make) => make()));
const PARSED = [...BUILT.values()].map((text) => JSON.parse(text) as Dashboard);

function panelsOf({ panels }: Dashboard): readonly Panel[] {
  return panels.flatMap((panel) => panel.type === "row" ? panel.panels ?? [] : [panel]);
}

Deno.test("renderDashboards() writes what stands in deploy/grafana", () => {
  for (const [name, content] of BUILT) {
    const path = `deploy/grafana/${name}`;
    assertEquals(Deno.readTextFileSync(path), content, `${path}: run "deno task dashboards"`);
  }
});

Deno.test("renderMetricNames() writes what stands in tools/dashboards", () => {
  const text = Deno.readTextFileSync("tools/dashboards/_metric_name.ts");
  assertEquals(text, renderMetricNames(), 'run "deno task dashboards"');
});

Deno.test("dashboards have the identities and the refresh that links and users rely on", () => {
  assertEquals(PARSED.map(({ uid, title, refresh }) => [uid, title, refresh]), [
    ["tsmetrics-overview", "Tailscale / Overview", "30s"],
    ["tsmetrics-device-details", "Tailscale / Device Details", "30s"],
    ["tsmetrics-paths", "Tailscale / Paths", "30s"],
    ["tsmetrics-access", "Tailscale / Access", "30s"],
    ["tsmetrics-exporter", "Tailscale / Exporter", "30s"],
  ]);
});

Deno.test("each panel says what it shows, what stands for no data, and asks the chosen source", () => {
  for (const dashboard of PARSED) {
    for (const { title, description, datasource, fieldConfig } of panelsOf(dashboard)) {
      const where = `${dashboard.uid}: ${title}`;
      assert((description ?? "").endsWith("."), where);
      assertEquals(datasource?.uid, "${datasource}", where);
      assert(typeof fieldConfig?.defaults.noValue === "string", where);
    }
  }
});

Deno.test("panels stay within 24 columns and do not overlap", () => {
  for (const dashboard of PARSED) {
    const taken = new Map<string, string>();
    for (const { title, gridPos: { x, y, w, h } } of panelsOf(dashboard)) {
      assert(x + w <= 24, `${dashboard.uid}: ${title}`);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const cell = `${column}/${line}`;
          assertEquals(taken.get(cell), undefined, `${dashboard.uid}: ${title}`);
          taken.set(cell, title);
        }
      }
    }
  }
});
