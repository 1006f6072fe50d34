/**
 * Lines that one sender hands over and waits for: they are taken at once, in slices, and what
 * became of each is counted for the sender. Where senders do not wait there is `line_queue.ts`.
 *
 * @module
 */

import type { LineOutcome } from "./access_metrics.ts";
import { Frames } from "./frames.ts";
import { BAD_LINES, type BadLine, MAX_LINE } from "./line.ts";
import { readSyslog } from "./syslog.ts";

/** Options for an {@linkcode Intake}. */
export interface IntakeOptions {
  /** Takes a line, and tells what becomes of it. */
  readonly take: (line: string, service: string | undefined) => LineOutcome;
  /** Hears of a line that is too long. */
  readonly onTooLong: () => void;
  /** Hears of an error that a line caused: a defect of ours, which costs that line alone. */
  readonly onError: (error: unknown) => void;
  /** Tells when other work should have its turn. */
  readonly slice: { readonly isOver: boolean; next(): Promise<void> };
  /** Called before each slice, for what the lines need. Default: nothing. */
  readonly prepare?: () => Promise<void>;
  /** The service of lines that name none. Default: none. */
  readonly service?: string | undefined;
}

/** What became of the lines. */
export interface IntakeReport {
  /** Lines that are not empty. */
  readonly lines: number;
  /** Those that were counted. */
  readonly counted: number;
  /** Those whose path is left out. */
  readonly ignored: number;
  /** Those that are too old, or a day ahead. */
  readonly stale: number;
  /** Those that were refused, by reason. */
  readonly refused: ReadonlyMap<BadLine, number>;
  /** The first of these; lines are numbered from 1, empty ones included. */
  readonly firstRefused: { readonly line: number; readonly reason: BadLine } | undefined;
}

/** Bytes between two looks at the clock: a thousand of the shortest lines, some milliseconds. */
const STEP_BYTES = 2_048;

/** Takes the lines of one sender. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #frames: Frames;
  readonly #refused = new Map<BadLine, number>();
  #firstRefused: IntakeReport["firstRefused"];
  #number = 0;
  #lines = 0;
  #counted = 0;
  #ignored = 0;
  #stale = 0;
  #isPrepared = false;

  /** Has taken nothing yet. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#frames = new Frames({
      maxBytes: MAX_LINE,
      // Bodies have lines; a count at the start of one would be a client's.
      framing: "lines",
      onMessage: (text) => this.#take(text),
      onTooLong: () => {
        options.onTooLong();
        this.#count("too_long");
      },
      onEmpty: () => this.#number++,
    });
  }

  /** What became of the lines so far. */
  get report(): IntakeReport {
    return {
      lines: this.#lines,
      counted: this.#counted,
      ignored: this.#ignored,
      stale: this.#stale,
      refused: this.#refused,
      firstRefused: this.#firstRefused,
    };
  }

  /** Takes bytes; resolves when they may be overwritten. */
  async push(bytes: Uint8Array): Promise<void> {
    const { onError, prepare, slice } = this.#options;
    if (!this.#isPrepared) await prepare?.().catch(onError);
    this.#isPrepared = true;
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      this.#frames.push(bytes.subarray(at, at + STEP_BYTES));
      if (!slice.isOver) continue;
      await slice.next();
      await prepare?.().catch(onError);
    }
  }

  /** Takes the last line, which no line feed ended. */
  end(): void {
    this.#frames.end();
  }

  #take(message: string): void {
    const { onError, service, take } = this.#options;
    let outcome: LineOutcome | undefined;
    try {
      const { text, tag } = readSyslog(message);
      outcome = take(text, tag ?? service);
    } catch (error) {
      onError(error);
    }
    this.#count(outcome);
  }

  #count(outcome: LineOutcome | undefined): void {
    this.#lines++;
    this.#number++;
    if (outcome === "counted") this.#counted++;
    else if (outcome === "ignored") this.#ignored++;
    else if (outcome === "stale") this.#stale++;
    else if (outcome !== undefined && isBadLine(outcome)) {
      this.#refused.set(outcome, (this.#refused.get(outcome) ?? 0) + 1);
      this.#firstRefused ??= { line: this.#number, reason: outcome };
    }
  }
}

function isBadLine(outcome: LineOutcome): outcome is BadLine {
  return BAD_LINES.some((each) => each === outcome);
}
