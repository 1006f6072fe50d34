/**
 * What a relabeler gives back: the samples, and what is not among them.
 *
 * @module
 */

import type { Block } from "./block.ts";
import type { ClaimRefusal } from "./table.ts";

/** Labels of ours as they are written, for who has many pages to read with the same ones. */
export interface OwnLabels {
  /** All names, those of empty values too: a device's own label of that name is renamed. */
  readonly names: readonly string[];
  /** The labels that have a value, as `renderLabels` writes them. */
  readonly text: string;
}

/** A family of a page that is not relayed. */
export interface DroppedFamily {
  /** The name as the device writes it. */
  readonly family: string;
  /** Why. */
  readonly reason: "reserved" | "configured" | ClaimRefusal;
  /** How many samples it had. */
  readonly samples: number;
}

/** A label that stays although it should be left out. */
export interface KeptLabel {
  /** The family. */
  readonly family: string;
  /** The label; "*" stands for all labels of the family. */
  readonly label: string;
}

/** What became of a page. */
export interface RelabelResult {
  /** The samples; for the section of the same table, before the next page is relabelled. */
  readonly block: Block;
  /** Families that are not in the block; empty in a healthy fleet. */
  readonly dropped: readonly DroppedFamily[];
  /** Labels that should be left out and stay from this page on, since they tell samples apart. */
  readonly kept: readonly KeptLabel[];
}
