/**
 * Feeds the lines of simulated visitors to access analytics, as if a web server sent them: those of
 * the past first, then those of the present as time passes.
 *
 * @module
 */

import type { Delay } from "../time/delay.ts";
import type { Intake, IntakeReport } from "./intake.ts";

/** Tells the lines from one moment to another, in milliseconds since 1970. */
export type TellVisits = (fromMs: number, untilMs: number) => Iterable<string>;

/** Options for a {@linkcode VisitFeed}. */
export interface VisitFeedOptions {
  /** Tells the lines. */
  readonly tell: TellVisits;
  /** Length of the past, in milliseconds. */
  readonly pastMs: number;
  /** Takes lines. */
  readonly openIntake: () => Pick<Intake, "end" | "push" | "report">;
  /** Whether the owners of addresses are known. */
  readonly isReady: () => boolean;
  /** Hears what became of the lines of the past. */
  readonly onPast: (report: IntakeReport) => void;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Waits; rejects if the signal is aborted. */
  readonly delay: Delay;
}

/** Time between two looks at the clock, in milliseconds; also before the first lines. */
const EVERY_MS = 2_000;

/** Lines that are handed over together. */
const BATCH = 32;

/** Feeds lines until it is stopped. */
export class VisitFeed {
  readonly #options: VisitFeedOptions;

  /** Feeds nothing yet. */
  constructor(options: VisitFeedOptions) {
    this.#options = options;
  }

  /** Feeds lines until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { delay, isReady, now, onPast, pastMs } = this.#options;
    try {
      do await delay(EVERY_MS, signal); while (!isReady());
      let untilMs = now();
      onPast(await this.#feed(untilMs - pastMs, untilMs));
      for (;;) {
        await delay(EVERY_MS, signal);
        const fromMs = untilMs;
        untilMs = Math.max(fromMs, now());
        await this.#feed(fromMs, untilMs);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #feed(fromMs: number, untilMs: number): Promise<IntakeReport> {
    const intake = this.#options.openIntake();
    let text = "";
    let count = 0;
    for (const line of this.#options.tell(fromMs, untilMs)) {
      text += `${line}\n`;
      if (++count % BATCH > 0) continue;
      await intake.push(new TextEncoder().encode(text));
      text = "";
    }
    if (text !== "") await intake.push(new TextEncoder().encode(text));
    intake.end();
    return intake.report;
  }
}
