/**
 * Sends pages through a relabeler into a section, as the collector of device pages does, and shows
 * what a server would get.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type DroppedFamily,
  type Label,
  type OwnLabels,
  ownLabels,
  Relabeler,
  type RelabelerOptions,
} from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";

/** What became of the pages. */
export interface Relayed {
  /** The page in text format 0.0.4. */
  readonly text: string;
  /** The page in OpenMetrics. */
  readonly openmetrics: string;
  /** The families of all pages that were left out. */
  readonly dropped: readonly DroppedFamily[];
}

/** A page given as text or as bytes. */
export function toBytes(page: string | Uint8Array): Uint8Array {
  return typeof page === "string" ? new TextEncoder().encode(page) : page;
}

/**
 * Relays one page after the other, each under labels of its own; once with blocks of their own and
 * once with memory that is used again, which must make no difference.
 */
export function relayAll(
  pages: readonly (readonly [page: string | Uint8Array, labels: readonly Label[]])[],
  options: RelabelerOptions = {},
): Relayed {
  const relayed = relayBy(pages, options, (labels) => labels);
  assertEquals(relayBy(pages, { ...options, reusesBlocks: true }, ownLabels), relayed);
  return relayed;
}

function relayBy(
  pages: readonly (readonly [page: string | Uint8Array, labels: readonly Label[]])[],
  options: RelabelerOptions,
  present: (labels: readonly Label[]) => readonly Label[] | OwnLabels,
): Relayed {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families, options);
  const dropped: DroppedFamily[] = [];
  for (const [index, [page, labels]] of pages.entries()) {
    const result = relabeler.relabel(toBytes(page), present(labels));
    section.set(String(index), result.block);
    dropped.push(...result.dropped);
  }
  const view = new Page([section]).view();
  return { text: view.text("text"), openmetrics: view.text("openmetrics"), dropped };
}

/** Relays one page. Default: without labels. */
export function relay(
  page: string | Uint8Array,
  labels: readonly Label[] = [],
  options: RelabelerOptions = {},
): Relayed {
  return relayAll([[page, labels]], options);
}
