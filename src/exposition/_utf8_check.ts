/**
 * Checks in steps that the lines written are UTF-8, and finds the line of the page that is to blame
 * if they are not. For pages with bytes beyond ASCII; the slow path checks its lines itself.
 *
 * @module
 */

import { refuse } from "./_scan.ts";
import { findInvalidUtf8, isUtf8 } from "./_utf8.ts";

const LF = 0x0a;

/** The check of one page at a time. */
export class Utf8Check {
  /** The end of the lines written that are checked. */
  #checked = 0;
  /** Once some are wrong: the end of the page's lines that are not to blame. */
  #blamed: number | undefined;

  /** Starts a page. */
  begin(): void {
    this.#checked = 0;
    this.#blamed = undefined;
  }

  /**
   * Does a step.
   *
   * @param page What was read.
   * @param out What was written, up to `used`.
   * @param bytes The size of the step, about.
   * @returns Whether all is checked, and UTF-8.
   * @throws {SyntaxError} For the first line of the page that is not UTF-8.
   */
  advance(page: Uint8Array, out: Uint8Array, used: number, bytes: number): boolean {
    if (this.#blamed !== undefined) {
      this.#blame(page, this.#blamed, bytes);
      return false;
    }
    if (this.#checked < used) {
      // A line feed is never part of a longer character.
      const end = this.#checked + bytes < used ? out.indexOf(LF, this.#checked + bytes) + 1 : used;
      if (!isUtf8(out.subarray(this.#checked, end))) this.#blamed = 0;
      this.#checked = end;
    }
    return this.#blamed === undefined && this.#checked === used;
  }

  #blame(page: Uint8Array, from: number, bytes: number): void {
    const end = from + bytes < page.length ? page.indexOf(LF, from + bytes) + 1 : page.length;
    const wrong = findInvalidUtf8(page, from, end);
    if (wrong !== -1 || end === page.length) {
      refuse(page, Math.max(0, wrong), "bytes that are not UTF-8", "UTF-8");
    }
    this.#blamed = end;
  }
}
