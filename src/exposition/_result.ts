/**
 * What a relabeler gives back: the samples, and what is not among them.
 *
 * @module
 */

import type { Block } from "./block.ts";
import type { ClaimRefusal } from "./family_table.ts";

/** Why a part of a page that a server takes is left out. */
export type LeftOutReason =
  /** Its series came before on the same page; the first sample counts, as in a server. */
  | "duplicate"
  /** The family's name has a colon, needs quotes or is too long. */
  | "name"
  /**
   * A label is left out, and the sample stays: its name begins with `__` or needs quotes, or its
   * value has a carriage return.
   */
  | "label"
  /** No strict reader takes it: a counter below zero, a histogram with a part missing. */
  | "malformed"
  /** The HELP text is too long; the samples stay. */
  | "help";

/** Something of one family of a page that is not relayed. */
export interface DroppedFamily {
  /** The name as the device writes it; a long one is cut. */
  readonly family: string;
  /** Why. */
  readonly reason: "reserved" | "configured" | ClaimRefusal | LeftOutReason;
  /** How many samples are left out, or are without a label or a HELP text that is left out. */
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
  /** What is not in the block; empty in a healthy fleet. */
  readonly dropped: readonly DroppedFamily[];
  /** Labels that should be left out and stay from this page on, since they tell samples apart. */
  readonly kept: readonly KeptLabel[];
}
