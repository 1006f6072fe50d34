/**
 * The exposition formats of Prometheus, from numbers and foreign pages to the bytes of a reply:
 * families and instruments to write, a relabeler to read, and a page to serve both. Knows neither
 * Tailscale nor HTTP.
 *
 * @module
 */

export type { Family, Format, Label, MetricType } from "./family.ts";
export { isLabelName, isMetricName, reservedNames, sampleSuffixes } from "./name.ts";
export { escapeHelp, escapeLabelValue, formatBound, formatValue } from "./text.ts";
export { renderLabels, textHeader } from "./text.ts";
export { EOF, openMetricsHeader, openMetricsName } from "./openmetrics.ts";
export { CONTENT_TYPE, negotiate } from "./negotiate.ts";
export { FamilyTable } from "./table.ts";
export type { ClaimRefusal, FamilyHeader, FamilyTableOptions } from "./table.ts";
export { BlockWriter } from "./block.ts";
export type { Block } from "./block.ts";
export { Page, PageView } from "./page.ts";
export { Section } from "./section.ts";
export type { PageSection, SectionOptions, SectionView } from "./section.ts";
export { Relabeler } from "./relabel.ts";
export type { DroppedFamily, DropRules, KeptLabel, PageLimits } from "./relabel.ts";
export type { RelabelerOptions, RelabelResult } from "./relabel.ts";
export { Registry } from "./instrument.ts";
export type { RegistryOptions } from "./instrument.ts";
export type { Counter, CounterOptions, Gauge, GaugeOptions } from "./instrument.ts";
export type { Histogram, HistogramOptions, InstrumentOptions } from "./instrument.ts";
