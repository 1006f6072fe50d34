/**
 * What is remembered of a device that is scraped.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";
import type { OwnLabels } from "../exposition/relabel.ts";
import type { Target } from "../devices/target.ts";

/** A device that is scraped. */
export interface Entry {
  /** How it is scraped. */
  target: Target;
  /** The labels of all its series. */
  labels: OwnLabels;
  /** What the last try came to. */
  state: "pending" | "up" | "down";
  /** Whether the last cycle had no time left for it. */
  isPutOff: boolean;
  /** Why the last try failed. */
  error: { readonly failure: ScrapeFailure; readonly reason: string } | undefined;
  /** Since when it has failed. */
  failingSinceMs: number | undefined;
  /** When it succeeded last. */
  lastSuccessMs: number | undefined;
}

/** A device that has not been tried. */
export function makeEntry(target: Target, labels: OwnLabels): Entry {
  return {
    target,
    labels,
    state: "pending",
    isPutOff: false,
    error: undefined,
    failingSinceMs: undefined,
    lastSuccessMs: undefined,
  };
}
