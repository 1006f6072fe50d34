/**
 * The panels of our dashboards: each function takes what differs and sets what all have in common,
 * so that units, colours, texts for "no data" and the data source are never forgotten.
 *
 * The colours are those of Okabe and Ito, which people with any colour vision tell apart.
 *
 * @module
 */

import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmapPanel from "@grafana/grafana-foundation-sdk/heatmap";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as statPanel from "@grafana/grafana-foundation-sdk/stat";
import * as tablePanel from "@grafana/grafana-foundation-sdk/table";
import * as timelinePanel from "@grafana/grafana-foundation-sdk/statetimeline";
import * as graphPanel from "@grafana/grafana-foundation-sdk/timeseries";

/** Colours by meaning. */
export const COLOR = {
  good: "#009E73",
  warn: "#E69F00",
  bad: "#D55E00",
  neutral: "#56B4E9",
  blue: "#0072B2",
  purple: "#CC79A7",
  grey: "#999999",
} as const;

/** The data source that the dashboard's variable selects. */
export const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

/** What every panel has. */
interface PanelOptions {
  /** Its heading. */
  readonly title: string;
  /** What is shown and what is good: the text behind the "i". */
  readonly description: string;
  /** Columns, of 24. */
  readonly width: number;
  /** Grid rows of about 38 px. */
  readonly height: number;
  /** Grafana's id of the unit. */
  readonly unit?: string;
  /** Shown where the query has no answer. Default: "no data". */
  readonly noData?: string;
}

/** A limit from which a value has another colour. */
export interface Step {
  /** Lowest value of the colour; absent for the first. */
  readonly from?: number;
  /** The colour. */
  readonly color: string;
}

/** Numbers and what is shown in their place. */
export type ShownValues = Readonly<
  Record<string, { readonly text: string; readonly color: string }>
>;

/** One query of a graph. */
export interface GraphQuery {
  /** PromQL. */
  readonly expr: string;
  /** Name of each series; `{{label}}` is replaced. */
  readonly legend: string;
}

function query(expr: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().datasource(DATASOURCE).expr(expr);
}

function thresholds(steps: readonly Step[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from ?? null, color })));
}

function mappingOf(values: ShownValues): dashboard.ValueMap {
  const entries = Object.entries(values).map(([value, shown], index) => [value, {
    ...shown,
    index,
  }]);
  return { type: dashboard.MappingType.ValueToText, options: Object.fromEntries(entries) };
}

/** A single number, coloured by its limits. */
export function stat(
  options: PanelOptions & {
    readonly expr: string;
    readonly steps?: readonly Step[];
    readonly decimals?: number;
    readonly values?: ShownValues;
    readonly sparkline?: boolean;
    /** Shows this name of each series in place of its value; `{{label}}` is replaced. */
    readonly name?: string;
  },
): statPanel.PanelBuilder {
  const { title, description, width, height, unit = "short", noData = "no data" } = options;
  const { expr, steps = [{ color: COLOR.blue }], decimals, values, sparkline, name } = options;
  const asked = name === undefined ? query(expr) : query(expr).legendFormat(name);
  const panel = new statPanel.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .unit(unit)
    .noValue(noData)
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(sparkline ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .thresholds(thresholds(steps))
    .withTarget(sparkline ? asked.range() : asked.instant());
  if (name !== undefined) panel.textMode(common.BigValueTextMode.Name);
  if (decimals !== undefined) panel.decimals(decimals);
  if (values !== undefined) panel.mappings([mappingOf(values)]);
  return panel;
}

/** Series over time. */
export function graph(
  options: PanelOptions & {
    readonly queries: readonly GraphQuery[];
    readonly stacked?: boolean;
    /** Colours of series by their name, as a regular expression. */
    readonly colors?: Readonly<Record<string, string>>;
    readonly min?: number;
    readonly max?: number;
  },
): graphPanel.PanelBuilder {
  const { title, description, width, height, unit = "short", noData = "no data" } = options;
  const { queries, stacked = false, colors = {}, min = 0, max } = options;
  const panel = new graphPanel.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .unit(unit)
    .noValue(noData)
    .min(min)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .stacking(
      new common.StackingConfigBuilder()
        .mode(stacked ? common.StackingMode.Normal : common.StackingMode.None),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (max !== undefined) panel.max(max);
  queries.forEach(({ expr, legend }, index) => {
    panel.withTarget(
      query(expr).range().legendFormat(legend).refId(String.fromCharCode(65 + index)),
    );
  });
  for (const [name, color] of Object.entries(colors)) {
    panel.overrideByRegexp(`/^${name}/`, [
      { id: "color", value: { mode: "fixed", fixedColor: color } },
    ]);
  }
  return panel;
}

/** How a table shows a column. */
export interface Column {
  /** Its label, or `Value #A` for the number of the first query. */
  readonly field: string;
  /** Its heading. */
  readonly title: string;
  /** Grafana's id of the unit. */
  readonly unit?: string;
  /** Limits that colour the text. */
  readonly steps?: readonly Step[];
  /** Numbers and what is shown in their place. */
  readonly values?: ShownValues;
  /** Where a click leads. */
  readonly link?: { readonly title: string; readonly url: string };
  /** Pixels. */
  readonly width?: number;
}

/** A table of what some queries say now, joined by their labels. */
export function table(
  options: PanelOptions & {
    readonly queries: readonly string[];
    readonly columns: readonly Column[];
    /** Joins several queries by this label. */
    readonly joinBy?: string;
    /** Heading of the column to sort by, and whether the largest comes first. */
    readonly sortBy?: { readonly title: string; readonly desc: boolean };
  },
): tablePanel.PanelBuilder {
  const { title, description, width, height, noData = "no data" } = options;
  const { queries, columns, joinBy, sortBy } = options;
  const panel = new tablePanel.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .noValue(noData)
    .filterable(true);
  queries.forEach((expr, index) => {
    panel.withTarget(
      query(expr).instant().format(prometheus.PromQueryFormat.Table)
        .refId(String.fromCharCode(65 + index)),
    );
  });
  if (joinBy !== undefined) {
    panel.withTransformation({ id: "joinByField", options: { byField: joinBy, mode: "outer" } });
  }
  const shown = columns.map(({ field }) => field);
  panel.withTransformation({
    id: "filterFieldsByName",
    options: { include: { names: shown } },
  });
  panel.withTransformation({
    id: "organize",
    options: {
      indexByName: Object.fromEntries(shown.map((field, index) => [field, index])),
      renameByName: Object.fromEntries(columns.map((column) => [column.field, column.title])),
    },
  });
  for (const column of columns) panel.overrideByName(column.title, overridesOf(column));
  if (sortBy !== undefined) {
    panel.sortBy([
      new common.TableSortByFieldStateBuilder().displayName(sortBy.title).desc(sortBy.desc),
    ]);
  }
  return panel;
}

function overridesOf(column: Column): dashboard.DynamicConfigValue[] {
  const { unit, steps, values, link, width } = column;
  const overrides: dashboard.DynamicConfigValue[] = [];
  if (unit !== undefined) overrides.push({ id: "unit", value: unit });
  if (width !== undefined) overrides.push({ id: "custom.width", value: width });
  if (link !== undefined) overrides.push({ id: "links", value: [{ ...link }] });
  if (values !== undefined) overrides.push({ id: "mappings", value: [mappingOf(values)] });
  if (steps !== undefined) {
    overrides.push({
      id: "thresholds",
      value: {
        mode: "absolute",
        steps: steps.map(({ from, color }) => ({ value: from ?? null, color })),
      },
    });
  }
  if (steps !== undefined || values !== undefined) {
    overrides.push({ id: "custom.cellOptions", value: { type: "color-text" } });
  }
  return overrides;
}

/** A histogram over time: brighter where more observations are. */
export function heatmap(
  options: PanelOptions & { readonly expr: string },
): heatmapPanel.PanelBuilder {
  const { title, description, width, height, unit = "s", noData = "no data", expr } = options;
  return new heatmapPanel.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .noValue(noData)
    .yAxis(new heatmapPanel.YAxisConfigBuilder().unit(unit))
    .color(
      new heatmapPanel.HeatmapColorOptionsBuilder()
        .mode(heatmapPanel.HeatmapColorMode.Scheme)
        .scheme("Cividis")
        .steps(64),
    )
    .withTarget(
      query(expr).range().format(prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}"),
    );
}

/** Which of several states something was in, as bars over time. */
export function timeline(
  options: PanelOptions & {
    readonly queries: readonly GraphQuery[];
    readonly values: ShownValues;
  },
): timelinePanel.PanelBuilder {
  const { title, description, width, height, noData = "no data", queries, values } = options;
  const panel = new timelinePanel.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(width)
    .height(height)
    .noValue(noData)
    .showValue(common.VisibilityMode.Never)
    .fillOpacity(85)
    .mergeValues(true)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]),
    )
    .mappings([mappingOf(values)]);
  queries.forEach(({ expr, legend }, index) => {
    panel.withTarget(
      query(expr).range().legendFormat(legend).refId(String.fromCharCode(65 + index)),
    );
  });
  return panel;
}
