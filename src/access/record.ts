/**
 * One request as it is counted and kept: the line, with who made it. The words of its labels are
 * made here.
 *
 * @module
 */

import type { Visitor } from "./visitor.ts";

/** One request. */
export interface AccessRecord {
  /** When it was made, in milliseconds since 1970. */
  readonly atMs: number;
  /** The service it was made to. */
  readonly service: string;
  /** The method as a bounded label value; see {@linkcode methodName}. */
  readonly method: string;
  /** The endpoint as a bounded label value. */
  readonly endpoint: string;
  /** The path as it was sent; undefined if it was no HTTP request. */
  readonly path: string | undefined;
  /** The query without its question mark; undefined without one, or where it is hidden. */
  readonly query: string | undefined;
  /** The status of the response. */
  readonly status: number;
  /** Size of the response in bytes. */
  readonly bytes: number | undefined;
  /** Duration in seconds. */
  readonly seconds: number | undefined;
  /** The client's address, or its hash. */
  readonly address: string;
  /** `User-Agent`. */
  readonly agent: string | undefined;
  /** Who made it. */
  readonly visitor: Visitor;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);

/** The methods that are counted by name. */
export function methodName(method: string | undefined): string {
  if (method === undefined) return "invalid";
  return METHODS.has(method) ? method : "other";
}

/** Classes of status, in their order. */
export const STATUS_CLASSES: readonly string[] = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];

/** The class of a status: "2xx" for 204; "other" for what is none, such as nginx' 000. */
export function statusClass(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : "other";
}
