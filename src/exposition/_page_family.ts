/**
 * A metric family as the relabeler knows it: what its name decides, which outlives the page, and
 * what the current page says about it.
 *
 * @module
 */

import type { Distribution } from "./_distribution.ts";
import type { LabelDrop } from "./label_drop.ts";
import type { MetricType } from "./family.ts";

/** A family that some page had. */
export interface PageFamily {
  /** The name. */
  readonly name: string;
  /** The name in bytes, padded to be compared and copied by eight bytes. */
  readonly nameView: DataView;
  /** Why no page may bring it; undefined if pages may. */
  readonly refusal: "name" | "reserved" | "configured" | undefined;
  /** Decides which of its labels are kept; undefined if all are. */
  readonly labelDrop: LabelDrop | undefined;
  /** The number of the page that the following fields are about. */
  page: number;
  /** The page's TYPE. */
  type: MetricType | undefined;
  /** The page's HELP. */
  help: string | undefined;
  /** The number of sample lines read. */
  sampleCount: number;
  /** The number of sample lines written. */
  lineCount: number;
  /** The bytes of the lines written. */
  byteCount: number;
  /** Where on the page the labels of the last line start. */
  lastStart: number;
  /** Where they end; -1 if they were not in ascending order. */
  lastEnd: number;
  /** Canonical labels of all lines, once their order does not prove that they differ. */
  series: Set<string> | undefined;
  /** The samples of a histogram or summary, which are written at the end of the page. */
  distribution: Distribution | undefined;
  /** The table's epoch at the last claim. */
  claimedEpoch: number;
  /** The type that was claimed. */
  claimedType: MetricType;
  /** The help that was claimed. */
  claimedHelp: string;
  /** The index in the table that the claim gave. */
  claimedIndex: number;
}

/** A family that no page has had. */
export function createPageFamily(
  given: Pick<PageFamily, "name" | "nameView" | "refusal" | "labelDrop">,
): PageFamily {
  // Written out, not spread: all families get one hidden class, in this order.
  return {
    name: given.name,
    nameView: given.nameView,
    refusal: given.refusal,
    labelDrop: given.labelDrop,
    page: 0,
    type: undefined,
    help: undefined,
    sampleCount: 0,
    lineCount: 0,
    byteCount: 0,
    lastStart: 0,
    lastEnd: 0,
    series: undefined,
    distribution: undefined,
    claimedEpoch: -1,
    claimedType: "untyped",
    claimedHelp: "",
    claimedIndex: 0,
  };
}

/** Starts a page for a family. */
export function beginPage(family: PageFamily, page: number): void {
  family.page = page;
  family.type = undefined;
  family.help = undefined;
  family.sampleCount = 0;
  family.lineCount = 0;
  family.byteCount = 0;
  family.labelDrop?.begin();
}
