/**
 * Questions to a page of metrics, read by the strict reader of the tests.
 *
 * @module
 */

import type { ReadFamily, ReadSample } from "../_support/read_family.ts";
import { readText } from "../_support/text_reader.ts";
import type { Program } from "./_program.ts";

/** A page of text format 0.0.4, once read. */
export class Samples {
  /** The families in the order of the page. */
  readonly families: readonly ReadFamily[];
  readonly #byName: ReadonlyMap<string, readonly ReadSample[]>;

  /**
   * Reads a page.
   *
   * @throws {SyntaxError} If it is not valid.
   */
  constructor(page: string) {
    this.families = readText(page);
    this.#byName = Map.groupBy(this.families.flatMap((family) => family.samples), (s) => s.name);
  }

  /** The samples of a name that have all these labels; empty for none. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): readonly ReadSample[] {
    const wanted = Object.entries(labels);
    return (this.#byName.get(name) ?? [])
      .filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
  }

  /** The sum of the samples of a name that have all these labels; undefined for no sample. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const found = this.all(name, labels);
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }
}

/** The program's page now. */
export async function takeSamples(program: Program): Promise<Samples> {
  return new Samples(await program.text("/metrics"));
}
