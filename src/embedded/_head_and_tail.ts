/**
 * Bounds what a program wrote, for a crash report: the beginning says what happened, the end what
 * came last. Go's runtime writes a line of a stack trace in several pieces.
 *
 * @module
 */

/** Number of lines that are kept at the beginning, which says more of a panic, and at the end. */
const FIRST_LINES = 20, LAST_LINES = 20;
/** Maximum length of a line. */
const MAX_LENGTH = 500;

/** The first and the last lines of a text. */
export class HeadAndTail {
  readonly #decoder = new TextDecoder();
  readonly #lines: string[] = [];
  /** The line that has not ended. */
  #rest = "";

  /** Adds a piece of the text. */
  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = cut(lines.pop() ?? "");
    for (const line of lines) {
      this.#lines.push(cut(line));
      if (this.#lines.length > FIRST_LINES + LAST_LINES) this.#lines.splice(FIRST_LINES, 1);
    }
  }

  /** The lines that were kept. */
  get text(): string {
    return [...this.#lines, this.#rest].join("\n");
  }
}

/** A text of a length at most, with `…` in place of its middle if it is longer. */
export function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const gap = "\n…\n";
  const tailLength = Math.floor((maxLength - gap.length) / 2);
  const head = text.slice(0, maxLength - gap.length - tailLength);
  return head + gap + text.slice(text.length - tailLength);
}

function cut(line: string): string {
  return line.slice(0, MAX_LENGTH);
}
