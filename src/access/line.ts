/**
 * One request as a web server's access log tells it, whatever the format of the line, and why a
 * line is refused. Types and bounds only.
 *
 * @module
 */

/** One request. Text is unescaped; a field that the line does not have is undefined. */
export interface AccessLine {
  /** When the request was logged, in milliseconds since 1970; undefined = when it arrived here. */
  readonly atMs: number | undefined;
  /** The address at the other end of the web server's connection, in its canonical spelling. */
  readonly address: string;
  /** `X-Forwarded-For` as the client or a proxy sent it. */
  readonly forwarded: string | undefined;
  /** `Tailscale-User-Login` as `tailscale serve` or a client sent it. */
  readonly login: string | undefined;
  /** The service that the web server's configuration names. */
  readonly service: string | undefined;
  /** The host that was asked for, as the client sent it. */
  readonly host: string | undefined;
  /** The method; undefined if what came was no HTTP request. */
  readonly method: string | undefined;
  /** The path without its query; undefined if what came was no HTTP request. */
  readonly path: string | undefined;
  /** The query without its question mark. */
  readonly query: string | undefined;
  /** The status of the response, 0 to 999. */
  readonly status: number;
  /** Size of the response in bytes. */
  readonly bytes: number | undefined;
  /** Duration of the request in seconds. */
  readonly seconds: number | undefined;
  /** `User-Agent`. */
  readonly agent: string | undefined;
}

/** Why a line is refused, as a bounded label value. */
export type BadLine =
  /** Longer than {@linkcode MAX_LINE}. */
  | "too_long"
  /** Not in the configured format, or in none of the known ones. */
  | "format"
  /** No JSON object, or one that is nested too deep or holds too much. */
  | "json"
  /** No address of the client, or text in its place. */
  | "address"
  /** No status of the response, or text in its place. */
  | "status"
  /** A time that cannot be read. */
  | "time";

/** Every {@linkcode BadLine}, in the order in which they are shown. */
export const BAD_LINES: readonly BadLine[] = [
  "too_long",
  "format",
  "json",
  "address",
  "status",
  "time",
];

/** Maximum length of a line, in UTF-16 units. */
export const MAX_LINE: number = 16 * 1024;

/** Maximum length of each text of an {@linkcode AccessLine}; longer ones are cut. */
export const MAX_LINE_TEXT = 512;

/** A text that keeps no longer one in memory; undefined for an empty one. */
export function boundText(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  return copyText(
    text.length > MAX_LINE_TEXT ? text.slice(0, MAX_LINE_TEXT).toWellFormed() : text,
  );
}

/**
 * The same text with memory of its own. A slice of a line is only a view in V8: where it is kept,
 * the whole line is kept.
 */
export function copyText(text: string): string {
  // The slice is a view of the new text, which is one unit longer.
  return ` ${text}`.slice(1);
}
