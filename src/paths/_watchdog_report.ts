/**
 * Collects what one look of the watchdog says and asks for. Lines about single peers are bounded,
 * so that a tailnet that moves to a relay as a whole does not flood the log; those that tell of an
 * action are not.
 *
 * @module
 */

import type { HealingAction } from "./healing.ts";
import { moreLine, type WatchdogLine } from "./watchdog_line.ts";

/** The most lines about single peers in one look. */
export const MAX_LINES = 100;

/** What is said, and what is to be done. */
export interface WatchdogReport {
  /** For the log, in this order. */
  readonly lines: readonly WatchdogLine[];
  /** To be done, in this order. */
  readonly actions: readonly HealingAction[];
}

/** A report in the making. */
export class ReportWriter {
  readonly #lines: WatchdogLine[] = [];
  readonly #actions: HealingAction[] = [];
  #peerLines = 0;

  /** Says something about one peer. */
  peer(line: WatchdogLine): void {
    this.#peerLines++;
    if (this.#peerLines <= MAX_LINES) this.#lines.push(line);
  }

  /** Adds a line about an action; it is never left out. */
  line(line: WatchdogLine): void {
    this.#lines.push(line);
  }

  /** Asks for something to be done. */
  act(action: HealingAction): void {
    this.#actions.push(action);
  }

  /** The finished report. */
  finish(): WatchdogReport {
    const left = this.#peerLines - MAX_LINES;
    if (left > 0) this.#lines.push(moreLine(left));
    return { lines: this.#lines, actions: this.#actions };
  }
}
