/**
 * What the three kinds of instrument share: how the registry reads them, and their label names.
 * Private to this folder.
 *
 * @module
 */

import {
  type BlockWriter,
  type Family,
  isLabelName,
  isMetricName,
  renderLabels,
} from "../exposition/mod.ts";

/** What every instrument is told. */
export interface InstrumentOptions {
  /** Name as text format 0.0.4 writes it; a counter's ends in `_total`. */
  readonly name: string;
  /** One sentence for the HELP line. */
  readonly help: string;
  /** Label names; none by default. Their values are given by position. */
  readonly labels?: readonly string[];
}

/** What the registry needs of an instrument. */
export interface Instrument {
  /** The family that the instrument's samples make up. */
  readonly family: Family;
  /** Grows with every visible change. */
  readonly version: number;
  /** Looks up what is known elsewhere; called once before each reading. */
  refresh(): void;
  /** Writes all samples, in the order in which their label values first appeared. */
  write(writer: BlockWriter, familyIndex: number): void;
}

/** The label names of one instrument, and its series by their rendered labels. */
export class SeriesMap<T> {
  /** What was told. */
  readonly family: Family;
  /** Rendered labels → state; "" is the series without labels. */
  readonly states: Map<string, T> = new Map<string, T>();
  readonly #labels: readonly string[];

  /**
   * An empty map.
   *
   * @throws {SyntaxError} If the name or a label name is not one, or a label name comes twice.
   */
  constructor(type: Family["type"], options: InstrumentOptions, reserved: readonly string[] = []) {
    const { name, help, labels = [] } = options;
    if (!isMetricName(name)) throw new SyntaxError(`Cannot make a ${type}: bad name "${name}"`);
    for (const [index, label] of labels.entries()) {
      const isBad = !isLabelName(label) || label.startsWith("__") || reserved.includes(label);
      if (isBad || labels.indexOf(label) !== index) {
        throw new SyntaxError(
          `Cannot make ${type} "${name}": bad, reserved or repeated label name "${label}"`,
        );
      }
    }
    this.family = { name, type, help };
    this.#labels = [...labels];
  }

  /** Whether there is but one series. */
  get isSingle(): boolean {
    return this.#labels.length === 0;
  }

  /**
   * The rendered labels that are the key of a series.
   *
   * @throws {TypeError} If there are more or fewer values than label names.
   */
  key(labelValues: readonly string[]): string {
    const names = this.#labels;
    if (labelValues.length !== names.length) {
      throw new TypeError(
        `Cannot find a series of "${this.family.name}": got ${labelValues.length} label values, ` +
          `wanted ${names.length}${names.length === 0 ? "" : ` (${names.join(", ")})`}`,
      );
    }
    return renderLabels(names.map((name, index) => [name, labelValues[index] ?? ""] as const));
  }
}
