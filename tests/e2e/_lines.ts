/**
 * What a process writes, kept as it comes so that a test may look at any time.
 *
 * @module
 */

/** The text of a stream so far. */
export class Lines {
  /** Resolves when the stream has ended. */
  readonly finished: Promise<void>;
  #text = "";
  #paused: PromiseWithResolvers<void> | undefined;

  /** Reads the stream to its end, from now on. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.finished = this.#read(stream);
  }

  /** All that came. */
  get text(): string {
    return this.#text;
  }

  /** Reads no further: the pipe fills up. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  /** Reads on after {@linkcode Lines.pause}. */
  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** The whole lines that match, in their order. */
  matching(pattern: RegExp): readonly string[] {
    return this.#text.split("\n").slice(0, -1).filter((line) => pattern.test(line));
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text += text;
      await this.#paused?.promise;
    }
  }
}
