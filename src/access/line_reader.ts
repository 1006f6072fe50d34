/**
 * Reads a line of any known format, or of the one that is configured. The format of the last line
 * is tried first, since a web server keeps to one.
 *
 * @module
 */

import type { JsonField } from "./json_field.ts";
import { JsonReader } from "./json_reader.ts";
import { type AccessLine, type BadLine, MAX_LINE } from "./line.ts";
import { TextReader } from "./text_reader.ts";

const COMMON = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent';
const COMBINED = `${COMMON} "$http_referer" "$http_user_agent"`;

/** The formats that are known by name. */
export const KNOWN_FORMATS = {
  /** Address, time, request and status alone. */
  short: '$remote_addr - $remote_user [$time_local] "$request" $status',
  /** The format of the first web servers. */
  common: COMMON,
  /** What nginx writes unless a format is configured. */
  combined: COMBINED,
  /** The same and the duration. */
  combined_time: `${COMBINED} $request_time`,
  /** `main` of nginx' own configuration. */
  main: `${COMBINED} "$http_x_forwarded_for"`,
  /** The same and the duration. */
  main_time: `${COMBINED} "$http_x_forwarded_for" $request_time`,
} as const satisfies Readonly<Record<string, string>>;

/** Which format lines have. */
export type LineFormat =
  /** JSON or one of {@linkcode KNOWN_FORMATS}: each line tells which. */
  | "auto"
  /** JSON by field names. */
  | "json"
  | keyof typeof KNOWN_FORMATS
  /** A `log_format` as nginx has it: a text with at least one `$`. */
  | (string & Record<never, never>);

/** Options for a {@linkcode LineReader}. */
export interface LineReaderOptions {
  /** The format of the lines. Default: "auto". */
  readonly format?: LineFormat;
  /** Names of one's own for JSON lines. Default: none. */
  readonly jsonNames?: ReadonlyMap<JsonField, string> | undefined;
}

/** What reads lines of one format. */
interface OneReader {
  read(line: string): AccessLine | BadLine;
}

/** What reads JSON lines. */
interface WrappingReader extends OneReader {
  wrapped(line: string): string | undefined;
}

/** Reads lines. */
export class LineReader {
  readonly #json: WrappingReader | undefined;
  /** The one that took the last line is first. */
  readonly #texts: OneReader[];

  /**
   * A reader.
   *
   * @throws {SyntaxError} If the format is none that can be read; its message completes "Cannot
   * read the format: ".
   */
  constructor({ format = "auto", jsonNames }: LineReaderOptions = {}) {
    const isJson = format === "auto" || format === "json";
    this.#json = isJson ? new JsonReader(jsonNames) : undefined;
    this.#texts = format === "json" ? [] : formatsOf(format).map((text) => new TextReader(text));
  }

  /** The request that a line tells, or why the line is refused. Never throws. */
  read(line: string): AccessLine | BadLine {
    if (line.length > MAX_LINE) return "too_long";
    if (!this.#isJson(line)) return this.#readText(line);
    const result = this.#json?.read(line) ?? "json";
    // A request without an address may be a line within a line, once.
    const inner = result === "address" ? this.#json?.wrapped(line) : undefined;
    if (inner === undefined) return result;
    return this.#isJson(inner) ? this.#json?.read(inner) ?? "json" : this.#readText(inner);
  }

  #isJson(line: string): boolean {
    return this.#json !== undefined && (line.startsWith("{") || this.#texts.length === 0);
  }

  #readText(line: string): AccessLine | BadLine {
    let refusal: BadLine = "format";
    for (const [index, reader] of this.#texts.entries()) {
      const result = reader.read(line);
      if (typeof result !== "string") {
        if (index > 0) this.#texts.unshift(...this.#texts.splice(index, 1));
        return result;
      }
      // A line that has a format and a bad value says more than one that has none.
      if (refusal === "format") refusal = result;
    }
    return refusal;
  }
}

function formatsOf(format: LineFormat): readonly string[] {
  if (format === "auto") return Object.values(KNOWN_FORMATS);
  const known = Object.entries(KNOWN_FORMATS).find(([name]) => name === format)?.[1];
  if (known === undefined && !format.includes("$")) {
    const names = ["auto", "json", ...Object.keys(KNOWN_FORMATS)].join(", ");
    throw new SyntaxError(`"${format}" is no known format, want ${names}, or a log_format`);
  }
  return [known ?? format];
}
