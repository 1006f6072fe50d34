/**
 * Lines that wait to be read, bounded in number and in size, and the worker that takes them in
 * slices, so that a burst of lines delays no other work.
 *
 * @module
 */

import { readSyslog } from "./syslog.ts";

/** Options for a {@linkcode LineQueue}. */
export interface LineQueueOptions {
  /** Takes a line, and the service that its sender names. */
  readonly take: (line: string, service: string | undefined) => void;
  /** Hears that lines were dropped for want of room. */
  readonly onDropped: (lines: number) => void;
  /** Hears of an error that a line caused: a defect of ours, which costs that line alone. */
  readonly onError: (error: unknown) => void;
  /** Tells when other work should have its turn. */
  readonly slice: { readonly isOver: boolean; next(): Promise<void> };
  /** Called before each slice, for what the lines need. Default: nothing. */
  readonly prepare?: () => Promise<void>;
  /** Maximum number of lines. Default: 50,000. */
  readonly maxLines?: number;
  /** Maximum size of all lines in UTF-16 units. Default: 8 Mi. */
  readonly maxUnits?: number;
}

/** Lines between two looks at the clock. */
const LINES_A_LOOK = 16;

/** A queue of lines with one worker. */
export class LineQueue {
  readonly #options: LineQueueOptions;
  readonly #maxLines: number;
  readonly #maxUnits: number;
  #lines: string[] = [];
  #units = 0;
  #taken = 0;
  #working: Promise<void> | undefined;

  /** An empty queue. */
  constructor(options: LineQueueOptions) {
    this.#options = options;
    this.#maxLines = options.maxLines ?? 50_000;
    this.#maxUnits = options.maxUnits ?? 8 * 1024 * 1024;
  }

  /** Lines that wait. */
  get size(): number {
    return this.#lines.length - this.#taken;
  }

  /** Whether it is more than half full, so that senders who can wait should. */
  get isCrowded(): boolean {
    return this.size * 2 > this.#maxLines || this.#units * 2 > this.#maxUnits;
  }

  /** Resolves when all lines that wait now have been taken. */
  async drained(): Promise<void> {
    await this.#working;
  }

  /** Adds a message with or without a header of syslog; whether there was room for it. */
  push(message: string): boolean {
    if (this.size >= this.#maxLines || this.#units + message.length > this.#maxUnits) {
      this.#options.onDropped(1);
      return false;
    }
    this.#lines.push(message);
    this.#units += message.length;
    this.#working ??= this.#work();
    return true;
  }

  async #work(): Promise<void> {
    const { onError, prepare, slice } = this.#options;
    // Not within the call that adds the first line.
    await slice.next();
    try {
      await prepare?.().catch(onError);
      for (let count = 1; this.#taken < this.#lines.length; count++) {
        const message = this.#lines[this.#taken++] ?? "";
        this.#units -= message.length;
        this.#take(message);
        if (count % LINES_A_LOOK > 0 || !slice.isOver) continue;
        this.#shrink();
        await slice.next();
        // Where lines never stop coming, there is no other run.
        await prepare?.().catch(onError);
      }
    } finally {
      this.#shrink();
      this.#working = undefined;
    }
  }

  #take(message: string): void {
    const { onError, take } = this.#options;
    try {
      const { text, tag } = readSyslog(message);
      take(text, tag);
    } catch (error) {
      onError(error);
    }
  }

  /** Frees the memory of taken lines, all at once: removing them one by one costs more. */
  #shrink(): void {
    this.#lines = this.#lines.slice(this.#taken);
    this.#taken = 0;
  }
}
