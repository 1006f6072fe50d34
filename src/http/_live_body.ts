/**
 * A response body without an end of its own: pieces are asked for again and again, and the reader
 * waits while there is none. It holds one piece at most, the one that the reader has not taken yet.
 *
 * @module
 */

/** What {@linkcode LiveBody} is made of. */
export interface LiveBodyOptions {
  /** The next piece; undefined while there is none. */
  readonly next: () => Uint8Array | undefined;
  /** Called when the reader waits for a piece: calls {@linkcode LiveBody.look}, now or later. */
  readonly onWait: () => void;
  /** Called once when the body has ended, for whatever reason. */
  readonly onEnd: () => void;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** A body and the handle to move it. */
export class LiveBody {
  /** The body. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly #options: LiveBodyOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Ends the wait of a reader that has taken everything. */
  #wake: (() => void) | undefined;
  #isEnded = false;
  /** When the last piece was handed over. */
  #sentMs: number;

  /** A body without a reader. */
  constructor(options: LiveBodyOptions) {
    this.#options = options;
    this.#sentMs = options.now();
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        options.onWait();
        return promise;
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
  }

  /** Whether the reader has taken everything and waits for more. */
  get isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  /** For how long nothing was handed over, in milliseconds. */
  get stillMs(): number {
    return this.#options.now() - this.#sentMs;
  }

  /** Hands over the next piece, if the reader waits and there is one. */
  look(): void {
    if (this.#wake === undefined || this.#isEnded) return;
    let piece: Uint8Array | undefined;
    try {
      piece = this.#options.next();
    } catch (error) {
      return this.abort(error);
    }
    if (piece !== undefined) this.send(piece);
  }

  /** Hands over a piece to a reader that waits. */
  send(piece: Uint8Array): void {
    const wake = this.#wake;
    if (wake === undefined || this.#isEnded) return;
    this.#wake = undefined;
    this.#sentMs = this.#options.now();
    this.#controller?.enqueue(piece);
    wake();
  }

  /** Ends it in order; a reader that has not taken its last piece is cut off. */
  close(): void {
    if (this.#isEnded) return;
    if (!this.isWaiting) {
      return this.abort(new Error("Cannot end a stream: its reader is too slow"));
    }
    this.#controller?.close();
    this.#end();
  }

  /** Breaks it off, and its connection with it. */
  abort(reason: unknown): void {
    if (this.#isEnded) return;
    this.#controller?.error(reason);
    this.#end();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#wake?.();
    this.#wake = undefined;
    this.#options.onEnd();
  }
}
