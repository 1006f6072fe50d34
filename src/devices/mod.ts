/**
 * The fleet: what is known of it, which of its devices are looked at and which are scraped, and the
 * way to a device's page.
 *
 * @module
 */

export { type AddressCheck, createAddressCheck } from "./address_check.ts";
export { DeviceBackoff, type DeviceBackoffOptions } from "./device_backoff.ts";
export { ClientPool, type ClientPoolOptions, type PageProxy } from "./client_pool.ts";
export { DirectClient, type DirectClientOptions, type PageConnection } from "./direct.ts";
export {
  type DeviceQuery,
  Discovery,
  type DiscoveryOptions,
  type TargetAddress,
  type TargetGroup,
  type TargetList,
  type WantedTag,
} from "./discovery.ts";
export { createDeviceFilter, type DeviceFilter, type DeviceFilterOptions } from "./filter.ts";
export {
  describeIdle,
  type FilterEntry,
  FilterUse,
  type FilterUseOptions,
  isPreventive,
} from "./filter_use.ts";
export { Inventory, type InventoryOptions, onlineRule } from "./inventory.ts";
export { NodeIndex } from "./node_index.ts";
export { ownTags } from "./own_tag.ts";
export { createPortChooser, type PortChooser, type PortRule } from "./port.ts";
export type { PageAnswer, PageFetch, PageRequest } from "./_page_request.ts";
export { createScraper, type Scraper, type ScraperOptions } from "./scrape.ts";
export {
  type Choice,
  type SkippedDevice,
  type Target,
  TargetChooser,
  type TargetOptions,
} from "./target.ts";
export { openScrapeTransport, type ScrapeTransport } from "./scrape_transport.ts";
