/**
 * Asks the node of one Worker for its own status, one request after the other, so that no report
 * overtakes a later one.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import { parseJson } from "../json/json.ts";
import type { Delay } from "../time/delay.ts";
import { withTimeout } from "../time/timeout.ts";
import type { LocalResponse } from "./_protocol.ts";
import { decodeSelf, type SelfReport } from "../own_node/self_report.ts";

/** What {@linkcode SelfWatch} is told. */
export interface SelfWatchOptions {
  /** Asks the LocalAPI for its status; may reject, and may never settle. */
  readonly ask: () => Promise<LocalResponse>;
  /** Hears each report. */
  readonly onReport: (report: SelfReport) => void;
  /** Hears why there was none, once for as many requests in a row as make it a fault. */
  readonly onSilent: (reason: string) => void;
  /** Waits. */
  readonly delay: Delay;
}

/** Time for an answer; the Go program gives up before. */
const ANSWER_MS = 12_000;
/** Requests in a row without a report, after which the node is given up. */
const MAX_FAILED = 4;

/** Looks at one node. */
export class SelfWatch {
  readonly #options: SelfWatchOptions;
  #isWanted = false;
  #looking: Promise<void> | undefined;
  #failed = 0;

  /** A watch that has not looked yet. */
  constructor(options: SelfWatchOptions) {
    this.#options = options;
  }

  /** Looks; once more after a look that is under way, which may have come too early. */
  look(): Promise<void> {
    this.#isWanted = true;
    return this.#looking ??= this.#lookWhileWanted();
  }

  async #lookWhileWanted(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        await this.#lookOnce();
      }
    } finally {
      this.#looking = undefined;
    }
  }

  async #lookOnce(): Promise<void> {
    const { onReport, onSilent } = this.#options;
    const report = await this.#report();
    if (report instanceof Error) {
      if (++this.#failed === MAX_FAILED) onSilent(describeError(report));
    } else {
      this.#failed = 0;
      onReport(report);
    }
  }

  /** The report, or why there is none. */
  async #report(): Promise<SelfReport | Error> {
    const { ask, delay } = this.#options;
    try {
      const { body, status } = await withTimeout(ANSWER_MS, ask, { delay });
      const text = new TextDecoder().decode(body ?? new Uint8Array());
      return status === 200 ? decodeSelf(parseJson(text)) : new Error(`it answered ${status}`);
    } catch (error) {
      return error instanceof Error ? error : new Error(describeError(error));
    }
  }
}
