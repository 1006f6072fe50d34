/**
 * Cuts what arrives over TCP into messages: octet-counted ones ("123 <190>…") or lines. The first
 * message of a connection tells which. Holds the unfinished message only, and bounds it.
 *
 * Source: RFC 6587
 *
 * @module
 */

/** Options for {@linkcode Frames}. */
export interface FramesOptions {
  /** Maximum length of a message in bytes; of a longer one the rest is skipped. */
  readonly maxBytes: number;
  /** Takes a message. */
  readonly onMessage: (text: string) => void;
  /** Hears of a message that is too long; none of it is handed on. */
  readonly onTooLong: () => void;
  /** Hears of an empty line. Default: nothing hears of it. */
  readonly onEmpty?: () => void;
  /** How messages are divided. Default: "auto". */
  readonly framing?: Framing | undefined;
}

/** How messages are divided. */
export type Framing =
  /** By line feeds, once the first message was a line; by counts, once it was counted. */
  | "auto"
  /** By line feeds. */
  | "lines";

const TAB = 0x09, LF = 0x0a, CR = 0x0d, BLANK = 0x20, LESS = 0x3c, ZERO = 0x30, NINE = 0x39;

/** Digits of a count, and so the longest message that is skipped by it: 10 MB. */
const MAX_DIGITS = 7;

/** Cuts one connection's bytes. */
export class Frames {
  readonly #options: FramesOptions;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #buffer: Uint8Array;
  #filled = 0;
  /** Bytes of the counted message that are to be skipped. */
  #skipBytes = 0;
  #isSkippingLine = false;
  /**
   * Whether a message may be counted. Not once a line was seen: the text of a line is chosen by
   * clients of the web server in part, and one that begins with a number and "<" must not hide, or
   * forge, the lines that follow.
   */
  #mayCount: boolean;
  #hasMessage = false;

  /** Has seen nothing yet. */
  constructor(options: FramesOptions) {
    this.#options = options;
    this.#mayCount = options.framing !== "lines";
    // Room for a count before the message.
    this.#buffer = new Uint8Array(options.maxBytes + MAX_DIGITS + 1);
  }

  /** Takes bytes; they may be overwritten afterwards. */
  push(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, bytes.length - from);
        this.#skipBytes -= skipped;
        from += skipped;
        continue;
      }
      if (this.#isSkippingLine) {
        const end = bytes.indexOf(LF, from);
        this.#isSkippingLine = end < 0;
        from = end < 0 ? bytes.length : end + 1;
        continue;
      }
      const part = bytes.subarray(from, from + this.#buffer.length - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      this.#cut();
    }
  }

  /** Hands on the last line, which no line feed ended. */
  end(): void {
    if (this.#filled > 0 && this.#skipBytes === 0) this.#emit(0, this.#filled);
    this.#filled = 0;
  }

  /** Hands on every whole message of the buffer, and makes room for the next bytes. */
  #cut(): void {
    let start = 0;
    const filled = this.#buffer.subarray(0, this.#filled);
    while (start < this.#filled) {
      const count = this.#mayCount ? this.#readCount(start) : undefined;
      if (count === "unfinished") break;
      const next = count === undefined
        ? this.#cutLine(filled, start)
        : this.#cutCounted(start, count);
      if (next === undefined) break;
      start = next;
    }
    this.#buffer.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    if (this.#filled < this.#buffer.length) return;
    this.#tell(false);
    this.#options.onTooLong();
    this.#isSkippingLine = true;
    this.#filled = 0;
  }

  /** Where the message after a line begins; undefined while the line is not whole. */
  #cutLine(filled: Uint8Array, start: number): number | undefined {
    const end = filled.indexOf(LF, start);
    if (end < 0) return undefined;
    if (end > start) this.#tell(false);
    if (end - start > this.#options.maxBytes) this.#options.onTooLong();
    else this.#emit(start, end);
    return end + 1;
  }

  /** The same of a counted message; the rest of one that is too long is skipped as it arrives. */
  #cutCounted(
    start: number,
    { digits, bytes }: { readonly digits: number; readonly bytes: number },
  ): number | undefined {
    const from = start + digits + 1;
    this.#tell(true);
    if (bytes > this.#options.maxBytes) {
      this.#options.onTooLong();
      const there = Math.min(this.#filled - from, bytes);
      this.#skipBytes = bytes - there;
      return from + there;
    }
    if (this.#filled < from + bytes) return undefined;
    this.#emit(from, from + bytes);
    return from + bytes;
  }

  /** The count before a message; undefined if there is none, for a line then follows. */
  #readCount(
    start: number,
  ): { readonly digits: number; readonly bytes: number } | "unfinished" | undefined {
    let digits = 0;
    let bytes = 0;
    for (let at = start; at < this.#filled; at++) {
      const byte = this.#buffer[at] ?? 0;
      if (byte >= ZERO && byte <= NINE && digits < MAX_DIGITS && (digits > 0 || byte > ZERO)) {
        bytes = bytes * 10 + byte - ZERO;
        digits++;
        continue;
      }
      // A line may begin with a number, too, but not with one before the header of syslog.
      if (digits === 0 || byte !== BLANK) return undefined;
      if (at + 1 === this.#filled) return "unfinished";
      return this.#buffer[at + 1] === LESS ? { digits, bytes } : undefined;
    }
    return "unfinished";
  }

  /** Learns from the first message how all are divided. */
  #tell(isCounted: boolean): void {
    if (this.#hasMessage) return;
    this.#hasMessage = true;
    this.#mayCount = isCounted;
  }

  #emit(start: number, end: number): void {
    // A flood of empty lines must not cost what lines cost.
    if (this.#isBlank(start, end)) return this.#options.onEmpty?.();
    const text = this.#decoder.decode(this.#buffer.subarray(start, end));
    if (text.trim() === "") this.#options.onEmpty?.();
    else this.#options.onMessage(text);
  }

  /** Whether there are only blanks, tabs and carriage returns of ASCII. */
  #isBlank(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = this.#buffer[at] ?? 0;
      if (byte !== BLANK && (byte < TAB || byte > CR)) return false;
    }
    return true;
  }
}
