/**
 * The head of an HTTP/1.1 answer. Stricter than a browser: what a device's server never writes is
 * refused, because two readings of one answer are how requests get mixed up on a kept connection.
 *
 * @module
 */

import { trimOws } from "../text/ows.ts";

/** Where the body of an answer ends. */
export type BodyEnd =
  /** After a number of bytes. */
  | number
  /** After its last chunk. */
  | "chunked"
  /** With the connection. */
  | "connection";

/** The head of an answer. */
export interface Head {
  /** 100 to 599. */
  readonly status: number;
  /** By names in lower case; of a name that comes twice the values with ", " between. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body ends. */
  readonly bodyEnd: BodyEnd;
  /** Whether the connection may be used again after the body. */
  readonly keepsAlive: boolean;
}

/** Maximum number of cached heads, and maximum bytes of each. */
const MAX_KNOWN = 256, MAX_KNOWN_BYTES = 1024;

// One character a byte.
const decoder = new TextDecoder("latin1");

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
// deno-lint-ignore no-control-regex -- exactly these end a line for some client
const LINE_END = /[\r\n\u0000]/;

/**
 * The head from its text, status line to last header, without the empty line.
 *
 * Source: RFC 9112, sections 4, 5 and 6.3, for an answer to GET
 *
 * @throws {SyntaxError} If it is no such head, or does not tell for sure where the body ends.
 */
export function parseHead(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const match = STATUS_LINE.exec(first);
  if (match === null || LINE_END.test(first)) {
    // Quotes nothing: a text that the device chooses could be another one in every cycle.
    throw new SyntaxError("wanted an HTTP/1.1 status line, got something else");
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = trimOws(line.slice(colon + 1));
    if (!FIELD_NAME.test(name) || LINE_END.test(value)) {
      throw new SyntaxError("malformed header line");
    }
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const status = Number(match[2]);
  const bodyEnd = findBodyEnd(status, headers);
  const tokens = headers.get("connection")?.toLowerCase().split(",").map(trimOws) ?? [];
  return {
    status,
    headers,
    bodyEnd,
    keepsAlive: match[1] === "1" && bodyEnd !== "connection" && !tokens.includes("close"),
  };
}

/** A head that has been read. */
interface KnownHead {
  readonly bytes: Uint8Array;
  readonly head: Head;
}

/**
 * Reads heads. Those of a fleet differ in a date and a length at most, so what was read before is
 * known again by its bytes.
 */
export class HeadReader {
  readonly #known = new Map<number, KnownHead>();

  /**
   * The head that stands there, as {@linkcode parseHead} reads it.
   *
   * @throws {SyntaxError} As it does.
   */
  read(bytes: Uint8Array, start: number, end: number): Head {
    let hash = 0;
    for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] ?? 0) | 0;
    const known = this.#known.get(hash);
    if (known !== undefined && isAt(bytes, start, end, known.bytes)) return known.head;
    const head = parseHead(decoder.decode(bytes.subarray(start, end)));
    if (end - start <= MAX_KNOWN_BYTES) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(hash, { bytes: bytes.slice(start, end), head });
    }
    return head;
  }
}

function isAt(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false;
  return true;
}

function findBodyEnd(status: number, headers: ReadonlyMap<string, string>): BodyEnd {
  if (status < 200 || status === 204 || status === 304) return 0;
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding === undefined && length === undefined) return "connection";
  if (coding === undefined && length !== undefined && /^\d{1,15}$/.test(length)) {
    return Number(length);
  }
  if (coding?.toLowerCase() === "chunked" && length === undefined) return "chunked";
  throw new SyntaxError("conflicting or invalid Content-Length and Transfer-Encoding");
}
