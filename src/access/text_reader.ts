/**
 * Reads text lines of one format into access lines: matches, unescapes, and fills each field from
 * the variables that have it.
 *
 * @module
 */

import { type AccessLine, type BadLine, boundText } from "./line.ts";
import { LinePattern } from "./line_pattern.ts";
import {
  isMethod,
  readAddress,
  readIsoTime,
  readLocalTime,
  readNumber,
  readRequestLine,
  readStatus,
  readUnixTime,
  splitTarget,
  unescapeValue,
} from "./value.ts";
import { type Role, variableOf } from "./variable.ts";

const TIME_ROLES = ["local_time", "iso_time", "unix_time"] as const;

/** Reads lines of one format. */
export class TextReader {
  readonly #pattern: LinePattern;
  readonly #indexes: ReadonlyMap<Role, number>;
  readonly #timeRole: typeof TIME_ROLES[number] | undefined;
  // Lines of the same second have the same time.
  #lastTime = "";
  #lastMs: number | undefined;

  /**
   * A reader for a format, as `log_format` of nginx has it.
   *
   * @throws {SyntaxError} If lines of the format cannot be read, or it lacks address, status or
   * path; its message completes "Cannot read the format: ".
   */
  constructor(format: string) {
    this.#pattern = new LinePattern(format);
    const indexes = new Map<Role, number>();
    for (const [index, name] of this.#pattern.names.entries()) {
      const { role } = variableOf(name);
      // The first of several counts: `$body_bytes_sent` before a `$bytes_sent`.
      if (role !== undefined && !indexes.has(role)) indexes.set(role, index);
    }
    this.#indexes = indexes;
    this.#timeRole = TIME_ROLES.find((role) => indexes.has(role));
    const lacking = [
      ...indexes.has("address") ? [] : ["$remote_addr"],
      ...indexes.has("status") ? [] : ["$status"],
      ...["request", "target", "path"].some((role) => indexes.has(role as Role))
        ? []
        : ["$request"],
    ];
    if (lacking.length > 0) throw new SyntaxError(`it lacks ${lacking.join(" and ")}`);
  }

  /** The request that a line tells, or why the line is refused. */
  read(line: string): AccessLine | BadLine {
    const values = this.#pattern.match(line);
    if (values === undefined) return "format";
    const address = readAddress(this.#value(values, "address") ?? "");
    if (address === undefined) return "address";
    const status = readStatus(this.#value(values, "status") ?? "");
    if (status === undefined) return "status";
    const atMs = this.#time(values);
    if (atMs === undefined && this.#timeRole !== undefined) return "time";
    const bytes = this.#value(values, "bytes");
    const seconds = this.#value(values, "seconds");
    return {
      atMs,
      address,
      status,
      ...this.#request(values),
      forwarded: this.#text(values, "forwarded"),
      login: this.#text(values, "login"),
      service: this.#text(values, "service"),
      host: this.#text(values, "host"),
      bytes: bytes === undefined ? undefined : readNumber(bytes),
      seconds: seconds === undefined ? undefined : readNumber(seconds),
      agent: this.#text(values, "agent"),
    };
  }

  /** A value as it stands in the line. */
  #value(values: readonly string[], role: Role): string | undefined {
    const index = this.#indexes.get(role);
    return index === undefined ? undefined : values[index];
  }

  /** A value as it was before it was escaped. */
  #unescaped(values: readonly string[], role: Role): string | undefined {
    const value = this.#value(values, role);
    return value === undefined ? undefined : unescapeValue(value, this.#pattern.escape);
  }

  #text(values: readonly string[], role: Role): string | undefined {
    return boundText(this.#unescaped(values, role));
  }

  #time(values: readonly string[]): number | undefined {
    const role = this.#timeRole;
    const text = role && this.#value(values, role);
    if (text === undefined || text === this.#lastTime) return this.#lastMs;
    this.#lastTime = text;
    this.#lastMs = role === "local_time"
      ? readLocalTime(text)
      : role === "iso_time"
      ? readIsoTime(text)
      : readUnixTime(text);
    return this.#lastMs;
  }

  #request(values: readonly string[]): Pick<AccessLine, "method" | "path" | "query"> {
    const line = readRequestLine(this.#unescaped(values, "request") ?? "");
    const method = line?.method ?? this.#unescaped(values, "method");
    const target = line?.target ?? this.#unescaped(values, "target") ?? "";
    const { path, query } = target === ""
      ? { path: this.#unescaped(values, "path"), query: this.#unescaped(values, "query") }
      : splitTarget(target);
    return {
      method: method !== undefined && isMethod(method) ? method : undefined,
      path: boundText(path),
      query: boundText(query),
    };
  }
}
