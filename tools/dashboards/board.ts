/**
 * What our dashboards have in common: variables, links to each other, refresh, tags.
 *
 * @module
 */

import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./panel.ts";
import { M } from "./metric.ts";

/** What differs from dashboard to dashboard. */
interface BoardOptions {
  /** Its identity in Grafana; others link to it. */
  readonly uid: string;
  /** Behind "Tailscale / ". */
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  /** Variables besides the data source. */
  readonly variables?: readonly dashboard.QueryVariableBuilder[];
}

/** An empty dashboard; rows and panels follow. */
export function board(options: BoardOptions): dashboard.DashboardBuilder {
  const { uid, title, description, variables = [] } = options;
  const built = new dashboard.DashboardBuilder(`Tailscale / ${title}`)
    .uid(uid)
    .description(description)
    .tags(["tailscale", "tsmetrics"])
    .editable()
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .timezone("browser")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder("Tailscale")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(["tsmetrics"])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
    .withVariable(
      new dashboard.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    );
  for (const variable of variables) built.withVariable(variable);
  return built;
}

/** A row; the panels up to the next one belong to it. */
export function row(title: string): dashboard.RowBuilder {
  return new dashboard.RowBuilder(title);
}

/** `$device`: names of devices; all of them at first where several may be chosen. */
export function deviceVariable(several: boolean): dashboard.QueryVariableBuilder {
  const variable = labelVariable("device", "Device", M.tailscale_device_online, "device_name");
  return several ? variable.multi(true).includeAll(true).allValue(".*") : variable;
}

/** `$host`: instances of hosts that run tsmetrics-host. */
export function hostVariable(): dashboard.QueryVariableBuilder {
  return labelVariable("host", "Host", M.tailscale_up, "instance")
    .multi(true).includeAll(true).allValue(".*");
}

/** `$service`: services whose access logs are read. */
export function serviceVariable(): dashboard.QueryVariableBuilder {
  return labelVariable("service", "Service", M.tailscale_access_requests_total, "service")
    .multi(true).includeAll(true).allValue(".*");
}

function labelVariable(
  name: string,
  title: string,
  metric: string,
  label: string,
): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .label(title)
    .datasource(DATASOURCE)
    .query({ query: `label_values(${metric}, ${label})`, refId: "labels" })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc);
}

/** Where a click on a device's name leads. */
export const DEVICE_LINK = {
  title: "Details of this device",
  url: "/d/tsmetrics-device-details?var-device=${__value.text}&${__url_time_range}&" +
    "var-datasource=${datasource}",
} as const;
