/**
 * The collectors: one subject each, facts in, samples out, and the loop that runs them. Those of
 * this host have a list of their own in `host/`, so that they are loaded only where they run.
 *
 * @module
 */

export { CLIENT_METRICS, SCRAPE_METRICS } from "./_scrape_metric.ts";
export { MetricDrop } from "./_metric_drop.ts";
export {
  PageRelay,
  type PageRelayOptions,
  type RelayedDevice,
  type RelayLimits,
} from "./_page_relay.ts";
export { pathTotals } from "./path_traffic.ts";
export { DeviceShape } from "./_device_shape.ts";
export { DEVICE_METRICS } from "./_device_metric.ts";
export { EXPORTER_METRICS } from "./_exporter_metric.ts";
export type { ScrapeCollectorOptions, ScrapeObserver } from "./_scrape_options.ts";
export { ScrapeCollector } from "./scrape_collector.ts";
export {
  CollectionLoop,
  type CollectionLoopOptions,
  type Collector,
  type CycleObserver,
} from "./collection_loop.ts";
export {
  DeviceCollector,
  type DeviceCollectorOptions,
  type DeviceObserver,
} from "./device_collector.ts";
export { ExporterMetrics, type ExporterMetricsOptions } from "./exporter_metrics.ts";
