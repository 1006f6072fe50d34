/**
 * The order of the families in one section of the page. Writers of samples refer to a family by its
 * index; a view prints the header of that index. Fixed families are never evicted, others when
 * there are no samples of them and their index is needed.
 *
 * @module
 */

import type { Family } from "./family.ts";
import { reservedNames } from "./name.ts";
import { openMetricsHeader } from "./openmetrics.ts";
import { textHeader } from "./text.ts";

/** Why a family got no index. */
export type ClaimRefusal =
  /** The table has the name with another type. */
  | "type_conflict"
  /** The name, or one that OpenMetrics derives from it, belongs to another family. */
  | "name_conflict"
  /** The table is full. */
  | "family_limit";

/** A family with its header lines, made once. */
export interface FamilyHeader {
  /** The family. */
  readonly family: Family;
  /** HELP and TYPE lines of the text format. */
  readonly text: Uint8Array;
  /** TYPE and HELP lines of OpenMetrics. */
  readonly openmetrics: Uint8Array;
}

/** Settings of a {@linkcode FamilyTable}. */
export interface FamilyTableOptions {
  /** Maximum number of families, fixed ones included. Default: 1,000. */
  readonly maxFamilies?: number;
}

interface Slot {
  readonly header: FamilyHeader;
  /** {@linkcode FamilyTable.epoch} at which the family came to this place. */
  readonly since: number;
  references: number;
}

const encoder = new TextEncoder();

/**
 * The families of one section, in the order in which the page shows them.
 *
 * The index of a family without samples is given to the next new family. So a claimed index must be
 * retained; until then another claim may take it, which changes {@linkcode FamilyTable.since}.
 */
export class FamilyTable {
  readonly #slots: Slot[] = [];
  readonly #indexByName = new Map<string, number>();
  /** The place of the family that keeps a name from others. */
  readonly #owners = new Map<string, number>();
  readonly #free = new Set<number>();
  readonly #maxFamilies: number;
  #epoch = 0;
  #headers: readonly FamilyHeader[] | undefined;

  /**
   * A table that starts with these families.
   *
   * @param families Stay at their places, the first at 0, and are never given up.
   * @throws {RangeError} If two of them cannot stand on one page, or there are too many.
   */
  constructor(families: readonly Family[], options: FamilyTableOptions = {}) {
    this.#maxFamilies = options.maxFamilies ?? 1000;
    for (const family of families) {
      const isNew = !this.#indexByName.has(family.name);
      const claimed = isNew ? this.claim(family) : "name_conflict";
      if (typeof claimed === "string") {
        throw new RangeError(`Cannot make a table with family "${family.name}": ${claimed}`);
      }
      this.retain(claimed);
    }
  }

  /** The number of places, free ones included; a family's place is below it. */
  get size(): number {
    return this.#slots.length;
  }

  /** Grows by one whenever a family comes in or its header changes. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * The family at a place.
   *
   * @throws {RangeError} If there is no such place.
   */
  at(index: number): Family {
    return this.#slot(index).header.family;
  }

  /** The place of the family that text format 0.0.4 calls by this name. */
  indexOf(name: string): number | undefined {
    return this.#indexByName.get(name);
  }

  /**
   * The epoch at which the family at a place came there: samples made before it are another's.
   *
   * @throws {RangeError} If there is no such place.
   */
  since(index: number): number {
    return this.#slot(index).since;
  }

  /** The header of each place, in order; never changed afterwards. */
  headers(): readonly FamilyHeader[] {
    return this.#headers ??= this.#slots.map((slot) => slot.header);
  }

  /**
   * The place of a family, a new one if need be.
   *
   * The first HELP that says something wins; a different one later is ignored.
   *
   * @returns The place, or why there is none.
   */
  claim(family: Family): number | ClaimRefusal {
    const known = this.#indexByName.get(family.name);
    const slot = known === undefined ? undefined : this.#slots[known];
    if (known !== undefined && slot !== undefined) {
      if (slot.header.family.type === family.type) {
        if (slot.header.family.help === "" && family.help !== "") {
          this.#slots[known] = { ...slot, header: makeHeader(family) };
          this.#changed();
        }
        return known;
      }
      if (slot.references > 0) return "type_conflict";
    }
    const names = reservedNames(family);
    for (const name of names) {
      const owner = this.#owners.get(name);
      if (owner !== undefined && !this.#free.has(owner)) return "name_conflict";
    }
    // Only unreferenced families are in the way now.
    let place: number | undefined;
    for (const name of names) {
      const owner = this.#owners.get(name);
      if (owner === undefined) continue;
      this.#evict(owner);
      place ??= owner;
    }
    for (const free of this.#free) {
      if (place !== undefined) break;
      this.#evict(free);
      place = free;
    }
    if (place === undefined) {
      if (this.#slots.length >= this.#maxFamilies) return "family_limit";
      place = this.#slots.length;
    }
    this.#changed();
    this.#slots[place] = { header: makeHeader(family), since: this.#epoch, references: 0 };
    this.#free.add(place);
    this.#indexByName.set(family.name, place);
    for (const name of names) this.#owners.set(name, place);
    return place;
  }

  /**
   * Keeps the family at its place until {@linkcode FamilyTable.release} has been called as often.
   *
   * @throws {RangeError} If there is no such place.
   */
  retain(index: number): void {
    const slot = this.#slot(index);
    if (slot.references === 0) this.#free.delete(index);
    slot.references += 1;
  }

  /**
   * Takes back one {@linkcode FamilyTable.retain}.
   *
   * @throws {RangeError} If there is no such place, or it is not retained.
   */
  release(index: number): void {
    const slot = this.#slot(index);
    if (slot.references === 0) {
      throw new RangeError(`Cannot release family ${index}: it is not retained`);
    }
    slot.references -= 1;
    if (slot.references === 0) this.#free.add(index);
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index];
    if (slot === undefined) {
      throw new RangeError(
        `Cannot find family ${index}: the table has places 0 to ${this.size - 1}`,
      );
    }
    return slot;
  }

  /** Takes an unreferenced family's names away; its place stays free for the taking. */
  #evict(index: number): void {
    const slot = this.#slot(index);
    const { family } = slot.header;
    if (this.#indexByName.get(family.name) !== index) return;
    // Blocks that were made with it must not come back, even if the place stays empty.
    this.#slots[index] = { ...slot, since: Infinity };
    this.#indexByName.delete(family.name);
    for (const name of reservedNames(family)) this.#owners.delete(name);
  }

  #changed(): void {
    this.#epoch += 1;
    this.#headers = undefined;
  }
}

function makeHeader(family: Family): FamilyHeader {
  return {
    family,
    text: encoder.encode(textHeader(family)),
    openmetrics: encoder.encode(openMetricsHeader(family)),
  };
}
