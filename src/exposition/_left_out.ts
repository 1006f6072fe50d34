/**
 * What is left out of one page although a server takes it, counted by family and reason.
 *
 * @module
 */

import type { DroppedFamily, LeftOutReason } from "./_result.ts";

/** Names are cut to this many characters, as `/debug` shows them. */
const MAX_NAME_LENGTH = 200;

/** The counts of the page at hand; empty for nearly every page. */
export class LeftOut {
  readonly #counts = new Map<string, Map<LeftOutReason, number>>();

  /** Starts a page. */
  clear(): void {
    if (this.#counts.size > 0) this.#counts.clear();
  }

  /** Counts samples, or the one HELP text, of a family. */
  add(family: string, reason: LeftOutReason, count: number = 1): void {
    const name = family.length > MAX_NAME_LENGTH ? family.slice(0, MAX_NAME_LENGTH) : family;
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, counts = new Map());
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  }

  /** How many families have something left out. */
  get familyCount(): number {
    return this.#counts.size;
  }

  /** Forgets a family that is left out as a whole. */
  delete(family: string): void {
    this.#counts.delete(family.slice(0, MAX_NAME_LENGTH));
  }

  /** All counts, families in the order in which they were first counted. */
  list(): readonly DroppedFamily[] {
    if (this.#counts.size === 0) return [];
    return [...this.#counts].flatMap(([family, counts]) =>
      [...counts].map(([reason, samples]) => ({ family, reason, samples }))
    );
  }
}
