/**
 * The collectors: one subject each, facts in, samples out, and the loop that runs them. Those of
 * this host have a list of their own in `host/`, so that they are loaded only where they run.
 *
 * @module
 */

export { CLIENT_METRICS, SCRAPE_METRICS } from "./_client_metric.ts";
export { MetricDrop } from "./_metric_drop.ts";
export {
  PageRelay,
  type PageRelayOptions,
  type RelayedDevice,
  type RelayLimits,
} from "./_page_relay.ts";
export { DeviceShape } from "./_shape.ts";
export { deviceMetric, type MetricDefinition } from "./_definition.ts";
export { DEVICE_METRICS } from "./_device_metric.ts";
export { EXPORTER_METRICS } from "./_exporter_metric.ts";
export type { ClientCollectorOptions, ClientObserver } from "./_client_options.ts";
export { ClientCollector } from "./client.ts";
export {
  CollectionLoop,
  type CollectionLoopOptions,
  type Collector,
  type CycleObserver,
} from "./collector.ts";
export { DeviceCollector, type DeviceCollectorOptions, type DeviceObserver } from "./device.ts";
export { ExporterMetrics, type ExporterMetricsOptions } from "./exporter.ts";
