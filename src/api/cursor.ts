/**
 * Places in a sorted list, for paging that neither skips nor repeats an element that stays, however
 * many others come and go between two requests. A cursor holds the sort key and the id of the last
 * element that was sent.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What a list is sorted by; null sorts last in both directions. */
export type SortKey = string | number | null;

/** A place in a sorted list: just after the element with this key and id. */
export interface Place {
  /** The sort key of the element. */
  readonly key: SortKey;
  /** Its id, which is unique in the list. */
  readonly id: string;
}

/** Compares two places: by key, then by id, which always ascends. */
export function comparePlaces(a: Place, b: Place, isDescending: boolean): number {
  if (a.key === b.key) return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  if (a.key === null) return 1;
  if (b.key === null) return -1;
  return (a.key < b.key) === isDescending ? 1 : -1;
}

/**
 * A place as a text of letters, digits, dashes and underscores.
 *
 * @param sort What the list is sorted by: a cursor of another order is refused.
 */
export function encodeCursor(sort: string, { id, key }: Place): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString("base64url");
}

/** The place of a cursor; undefined if the text is none of this order. */
export function decodeCursor(sort: string, text: string): Place | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(value) || value.length !== 3 || value[0] !== sort) return undefined;
    const [, key, id]: unknown[] = value;
    const isKey = key === null || typeof key === "string" || typeof key === "number";
    return isKey && typeof id === "string" ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}
