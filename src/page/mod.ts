/**
 * The page that is served: blocks of samples by key, merged into tiles, and immutable views of
 * them; a registry for the program's own metrics. Knows of the format only what
 * `exposition/mod.ts` offers. The only door: no other folder imports a file of this one but this.
 *
 * @module
 */

export { Page, PageView } from "./page.ts";
export { Section } from "./section.ts";
export type { SectionOptions } from "./section.ts";
export type { PageSection, SectionView, TileView } from "./_section_view.ts";
export { Registry } from "./registry.ts";
export type { RegistryOptions } from "./registry.ts";
export type { Counter, CounterOptions, Gauge, GaugeOptions } from "./registry.ts";
export type { Histogram, HistogramOptions, InstrumentOptions } from "./registry.ts";
