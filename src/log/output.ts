/**
 * The process's own streams: all bytes written, or a reason; and log lines that never wait for
 * their reader. Knows neither the log nor the platform.
 *
 * @module
 */

/** Takes some of the bytes and tells how many, as `Deno.stdout.write` does. */
export type WriteSome = (bytes: Uint8Array) => Promise<number>;

/** Retry interval for a non-blocking stream whose buffer is full. */
const BUSY_WAIT_MS = 20;

/**
 * Writes all bytes, in as many writes as it takes.
 *
 * A pipe or terminal in non-blocking mode, which a parent process may have set, refuses to write
 * while its buffer is full. That is no failure: the write is tried again until there is room.
 *
 * @param wait Waits some milliseconds.
 * @throws {Error} What `write` throws, but for a full buffer.
 */
export async function writeAll(
  write: WriteSome,
  bytes: Uint8Array,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(await write(rest));
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "WouldBlock") throw error;
      await wait(BUSY_WAIT_MS);
    }
  }
}

/** Standard output did not take what was written to it: a full disk, or one that broke. */
export class OutputError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "OutputError";
}

/** Options for {@linkcode OutputQueue}. */
export interface OutputQueueOptions {
  /** Writes some bytes of whole lines; rejects if the stream is gone or full. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Called when the stream works again, with the number of lines dropped since the last call. */
  readonly onDropped: (count: number) => void;
  /** Maximum size of the queue in bytes, a write in progress included. Default: 256 KiB. */
  readonly maxBytes?: number;
}

/** Bytes written at once, so that a slow reader frees room in the queue in small steps. */
const BATCH_BYTES = 8_192;

/**
 * Bounded queue of lines in front of a stream.
 *
 * Nothing waits for the stream: a pipe that is not read would otherwise block the program at its
 * next log line. When the queue is full, new lines are dropped and counted. Lines that the stream
 * refuses are dropped and counted as well.
 */
export class OutputQueue {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #onDropped: (count: number) => void;
  readonly #maxBytes: number;
  readonly #lines: Uint8Array[] = [];
  #heldBytes = 0;
  #droppedCount = 0;
  #toldCount = 0;
  #writing: Promise<void> | undefined;

  /** An empty queue. */
  constructor({ write, onDropped, maxBytes = 262_144 }: OutputQueueOptions) {
    this.#write = write;
    this.#onDropped = onDropped;
    this.#maxBytes = maxBytes;
  }

  /** Number of lines dropped since the start. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Adds a line, given without its line end, or drops it if there is no room. */
  push(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    if (this.#heldBytes + bytes.length > this.#maxBytes) {
      this.#droppedCount++;
      return;
    }
    this.#lines.push(bytes);
    this.#heldBytes += bytes.length;
    this.#writing ??= this.#writeLines();
  }

  /**
   * Waits until all lines are written.
   *
   * @param deadline Ends the wait early; a stream that is not read must not keep a program alive.
   */
  async flush(deadline: Promise<void>): Promise<void> {
    while (this.#writing !== undefined) {
      const isLate = await Promise.race([
        this.#writing.then(() => false),
        deadline.then(() => true),
      ]);
      if (isLate) return;
    }
  }

  async #writeLines(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#takeBatch();
      const bytes = join(lines);
      try {
        await this.#write(bytes);
      } catch {
        // There is no other place to report it; the counter and `onDropped` tell.
        this.#droppedCount += lines.length;
        continue;
      } finally {
        this.#heldBytes -= bytes.length;
      }
      this.#tellDropped();
    }
    this.#writing = undefined;
  }

  #takeBatch(): readonly Uint8Array[] {
    let count = 0;
    for (let size = 0; count < this.#lines.length; count++) {
      size += this.#lines[count]?.length ?? 0;
      if (count > 0 && size > BATCH_BYTES) break;
    }
    return this.#lines.splice(0, count);
  }

  #tellDropped(): void {
    const count = this.#droppedCount - this.#toldCount;
    if (count === 0) return;
    this.#toldCount = this.#droppedCount;
    this.#onDropped(count);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
