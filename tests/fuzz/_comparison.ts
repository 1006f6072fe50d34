/**
 * Relays pages of seeds in a row and compares each with what the oracle reads.
 *
 * @module
 */

import { isReservedFamily } from "../../src/collectors/_scrape_metric.ts";
import { Relabeler, textOfOpenMetrics } from "../../src/exposition/mod.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { readText } from "../_support/text_reader.ts";
import { Dice } from "./_dice.ts";
import { findFault, type Outcome } from "./_difference.ts";
import { oddPage } from "./_odd_page.ts";
import type { Oracle, Question } from "./_oracle.ts";

/** Pages of one batch; while the oracle reads one we make the next. */
const BATCH = 500;

/** Batches before all state is reset, so that a failure needs no long history. */
const HISTORY = 4;

/** More faults are not shown: most have one cause. */
const MAX_FAULTS = 20;

/** The strict reader is slow: it looks at one page in this many. */
const READ_EVERY = 50;

const LABELS = [["device_id", "1"], ["device_name", "n"]] as const;

/** What to compare. */
export interface ComparisonOptions {
  /** The first seed. */
  readonly seed: number;
  /** How many seeds. */
  readonly count: number;
  /** Milliseconds after which it ends, done or not. */
  readonly maxMs: number;
}

/** What came of it. */
export interface ComparisonResult {
  /** Pages compared; fewer than wanted if the time was over. */
  readonly done: number;
  /** Pages that we took. */
  readonly taken: number;
  /** Pages that we took without any difference, meant or not. */
  readonly same: number;
  /** The first faults, with their seeds and pages. */
  readonly faults: readonly string[];
}

interface Case extends Question {
  readonly seed: number;
  readonly outcome: Outcome;
}

/** Compares page after page with one oracle. */
export class Comparison {
  readonly #oracle: Oracle;
  #section = new Section([]);
  #relabeler = this.#makeRelabeler();
  #done = 0;
  #taken = 0;
  #same = 0;
  readonly #faults: string[] = [];

  /** A comparison that has seen nothing yet. */
  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  /** Compares the pages of all seeds, or as many as the time allows. */
  async run({ seed, count, maxMs }: ComparisonOptions): Promise<ComparisonResult> {
    const startMs = performance.now();
    let judged = Promise.resolve();
    for (let first = seed, batch = 0; first < seed + count; first += BATCH, batch++) {
      if (performance.now() - startMs > maxMs || this.#faults.length >= MAX_FAULTS) break;
      if (batch % HISTORY === 0) {
        this.#section = new Section([]);
        this.#relabeler = this.#makeRelabeler();
      }
      const size = Math.min(BATCH, seed + count - first);
      const cases = Array.from({ length: size }, (_, at) => this.#relay(first + at));
      await judged;
      judged = this.#judge(cases);
    }
    await judged;
    return {
      done: this.#done,
      taken: this.#taken,
      same: this.#same,
      faults: this.#faults.slice(0, MAX_FAULTS),
    };
  }

  #makeRelabeler(): Relabeler {
    const options = { isReserved: isReservedFamily, reusesBlocks: true };
    return new Relabeler(this.#section.families, options);
  }

  #relay(seed: number): Case {
    const question = oddPage(new Dice(seed));
    // Each page is for itself: no family of the one before is in its way.
    this.#section.delete("device");
    try {
      const { block, dropped } = this.#relabeler.relabel(
        question.contentType.startsWith("text/") ? question.page : textOfOpenMetrics(question.page),
        LABELS,
      );
      this.#section.set("device", block);
      const view = new Page([this.#section]).view();
      const ours = {
        text: join(view.chunks("text")),
        openmetrics: join(view.chunks("openmetrics")),
      };
      if (seed % READ_EVERY === 0) readText(new TextDecoder().decode(ours.text));
      return {
        ...question,
        seed,
        ours,
        outcome: { page: question.page, refusal: undefined, dropped },
      };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return {
        ...question,
        seed,
        ours: undefined,
        outcome: { page: question.page, refusal: error, dropped: [] },
      };
    }
  }

  async #judge(cases: readonly Case[]): Promise<void> {
    const answers = await this.#oracle.ask(cases);
    for (const [at, { seed, page, ours, outcome }] of cases.entries()) {
      const answer = answers[at] ?? {};
      const fault = findFault(answer, outcome);
      this.#done += 1;
      if (ours !== undefined) {
        this.#taken += 1;
        if (Object.keys(answer).length === 0) this.#same += 1;
      }
      if (fault === undefined) continue;
      const shown = JSON.stringify(String.fromCharCode(...page));
      this.#faults.push(`Seed ${seed}: ${fault}; again with --seed=${seed} --count=1: ${shown}`);
    }
  }
}

function join(chunks: Iterable<Uint8Array>): Uint8Array {
  const pieces = [...chunks];
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first.slice();
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
