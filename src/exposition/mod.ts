/**
 * The exposition formats of Prometheus: families and blocks to write samples, a relabeler and a
 * converter to read foreign metrics, negotiation between the formats. Knows neither Tailscale nor
 * HTTP nor how a page is kept; imports nothing. The only door: no other folder imports a file of
 * this one but this.
 *
 * @module
 */

export type { Family, Format, Label, MetricType } from "./family.ts";
export { isLabelName, isMetricName, reservedNames, sampleSuffixes } from "./name.ts";
export { escapeHelp, escapeLabelValue, formatBound, formatValue } from "./text.ts";
export { renderLabels, textHeader } from "./text.ts";
export { EOF, openMetricsHeader, openMetricsName } from "./openmetrics.ts";
export { CONTENT_TYPE, negotiate } from "./negotiate.ts";
export { FamilyTable } from "./family_table.ts";
export type { ClaimRefusal, FamilyHeader, FamilyTableOptions } from "./family_table.ts";
export { BlockWriter } from "./block.ts";
export type { Block, BlockWriterOptions } from "./block.ts";
export { type OwnLabels, ownLabels } from "./_own_labels.ts";
export { Relabeler } from "./relabel.ts";
export type { DroppedFamily, DropRules, KeptLabel } from "./relabel.ts";
export type { PageLimits, RelabelerOptions, RelabelResult } from "./relabel.ts";
export { DEFAULT_LIMITS } from "./_limit.ts";
export { OpenMetricsConverter, textOfOpenMetrics } from "./openmetrics_page.ts";
export { takeCensus } from "./census.ts";
export type { Census, CensusOptions, FamilyCensus, LabelCensus } from "./census.ts";
