/**
 * Points that wait to be written, as batches of lines, bounded in bytes. Does no I/O: the caller
 * takes the oldest batch, writes it, and removes it.
 *
 * @module
 */

/** Lines that are written by one request. */
export interface Batch {
  /** The measurement of all of its points. */
  readonly measurement: string;
  /** The lines, each with a line feed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many there are. */
  readonly points: number;
  /** The time of its oldest point, in milliseconds since 1970. */
  readonly firstMs: number;
  /** The time of its newest point, in milliseconds since 1970. */
  readonly lastMs: number;
}

/** How a {@linkcode PointBuffer} is bounded. */
export interface PointBufferOptions {
  /** Maximum size of all batches together, in bytes. */
  readonly maxBytes: number;
  /** Maximum number of points of a batch. Default: 5,000, as InfluxDB recommends. */
  readonly maxBatchPoints?: number;
  /** Maximum size of a batch in bytes. Default: 512 KiB; many proxies refuse more than 1 MiB. */
  readonly maxBatchBytes?: number;
  /** Is told of points that had to make room. */
  readonly onDropped: (batch: Batch) => void;
}

/** Buffers points. */
export class PointBuffer {
  readonly #options: Required<PointBufferOptions>;
  /** The batches that take no more points, the oldest first. */
  #sealed: Batch[] = [];
  readonly #open = new Map<string, OpenBatch>();
  #taken: Batch | undefined;
  #bytes = 0;
  #points = 0;

  /** An empty buffer. */
  constructor(options: PointBufferOptions) {
    this.#options = { maxBatchPoints: 5_000, maxBatchBytes: 512 * 1024, ...options };
  }

  /** How many points wait, those of the batch that is taken included. */
  get points(): number {
    return this.#points;
  }

  /** Their size in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a point. If there is no room, the oldest batch of the measurement that holds the most
   * bytes is dropped, so that no measurement pushes out another one.
   *
   * @param atMs The time of the point, in milliseconds since 1970.
   */
  add(measurement: string, line: string, atMs: number): void {
    const { maxBatchBytes, maxBatchPoints, maxBytes } = this.#options;
    let open = this.#open.get(measurement);
    if (open === undefined) this.#open.set(measurement, open = new OpenBatch(measurement));
    const added = open.add(line, atMs);
    this.#bytes += added;
    this.#points++;
    if (open.points >= maxBatchPoints || open.length >= maxBatchBytes) this.#seal(open);
    while (this.#bytes > maxBytes && this.#dropOldest());
  }

  /** Seals every batch: points that come later are in other ones. */
  seal(): void {
    for (const open of [...this.#open.values()]) this.#seal(open);
  }

  /**
   * The oldest sealed batch; the same one until it is removed or split.
   *
   * @returns undefined if no batch is sealed. A full batch is; {@linkcode PointBuffer.seal} seals
   * the others.
   */
  take(): Batch | undefined {
    return this.#taken ??= this.#sealed[0];
  }

  /** Removes the batch that is taken. */
  remove(): void {
    const batch = this.#taken;
    if (batch === undefined) return;
    this.#taken = undefined;
    this.#delete(batch);
  }

  /**
   * Splits the batch that is taken into two.
   *
   * @returns false if it has a single point.
   */
  split(): boolean {
    const batch = this.#taken;
    if (batch === undefined || batch.points < 2) return false;
    const { bytes, points } = batch;
    const half = Math.floor(points / 2);
    let end = 0;
    for (let count = 0; count < half; count++) end = bytes.indexOf(LINE_FEED, end) + 1;
    this.#taken = undefined;
    this.#sealed.splice(
      this.#sealed.indexOf(batch),
      1,
      { ...batch, bytes: bytes.slice(0, end), points: half },
      { ...batch, bytes: bytes.slice(end), points: points - half },
    );
    return true;
  }

  /** Removes everything and gives it, the oldest first. */
  drain(): readonly Batch[] {
    this.seal();
    const batches = this.#sealed;
    this.#sealed = [];
    this.#taken = undefined;
    this.#bytes = 0;
    this.#points = 0;
    return batches;
  }

  /** Adds batches of an earlier process, before all others, as far as there is room. */
  restore(batches: readonly Batch[]): void {
    this.#sealed.unshift(...batches);
    for (const { bytes, points } of batches) {
      this.#bytes += bytes.length;
      this.#points += points;
    }
    while (this.#bytes > this.#options.maxBytes && this.#dropOldest());
  }

  #seal(open: OpenBatch): void {
    this.#open.delete(open.measurement);
    this.#sealed.push(open.seal());
  }

  #delete(batch: Batch): void {
    this.#sealed.splice(this.#sealed.indexOf(batch), 1);
    this.#bytes -= batch.bytes.length;
    this.#points -= batch.points;
  }

  /** Whether there was a batch to drop; the one that is taken is being written. */
  #dropOldest(): boolean {
    const sizes = new Map<string, number>();
    const add = (measurement: string, bytes: number) =>
      sizes.set(measurement, (sizes.get(measurement) ?? 0) + bytes);
    for (const { bytes, measurement } of this.#sealed) add(measurement, bytes.length);
    for (const { length, measurement } of this.#open.values()) add(measurement, length);
    for (const [measurement] of [...sizes].sort(([, a], [, b]) => b - a)) {
      const oldest = this.#sealed.find((batch) =>
        batch !== this.#taken && batch.measurement === measurement
      );
      const open = this.#open.get(measurement);
      if (oldest === undefined && open === undefined) continue;
      if (oldest === undefined && open !== undefined) this.#seal(open);
      const batch = oldest ?? this.#sealed.at(-1);
      if (batch === undefined) return false;
      this.#delete(batch);
      this.#options.onDropped(batch);
      return true;
    }
    return false;
  }
}

const LINE_FEED = 0x0a;
const ENCODER = new TextEncoder();

/** A batch that takes points. */
class OpenBatch {
  readonly measurement: string;
  length = 0;
  points = 0;
  #bytes = new Uint8Array(4096);
  #firstMs = Infinity;
  #lastMs = -Infinity;

  constructor(measurement: string) {
    this.measurement = measurement;
  }

  /** Adds a line; gives its size in bytes. */
  add(line: string, atMs: number): number {
    // UTF-8 has at most three bytes for a unit of UTF-16.
    const wanted = this.length + 3 * line.length + 1;
    if (wanted > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    const { written } = ENCODER.encodeInto(line, this.#bytes.subarray(this.length));
    this.#bytes[this.length + written] = LINE_FEED;
    this.length += written + 1;
    this.points++;
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.#lastMs = Math.max(this.#lastMs, atMs);
    return written + 1;
  }

  seal(): Batch {
    return {
      measurement: this.measurement,
      bytes: this.#bytes.slice(0, this.length),
      points: this.points,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
    };
  }
}
