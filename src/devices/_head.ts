/**
 * The head of an HTTP/1.1 answer. Stricter than a browser: what a device's server never writes is
 * refused, because two readings of one answer are how requests get mixed up on a kept connection.
 *
 * @module
 */

/** Where the body of an answer ends. */
export type BodyEnd =
  /** After so many bytes. */
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

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
// deno-lint-ignore no-control-regex -- exactly these end a line for somebody
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
  if (match === null || LINE_END.test(first)) throw new SyntaxError("The answer is no HTTP/1.1");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!FIELD_NAME.test(name) || LINE_END.test(value)) {
      throw new SyntaxError("The answer has a header that is none");
    }
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const status = Number(match[2]);
  const bodyEnd = findBodyEnd(status, headers);
  const tokens = headers.get("connection")?.toLowerCase().split(/[ \t]*,[ \t]*/) ?? [];
  return {
    status,
    headers,
    bodyEnd,
    keepsAlive: match[1] === "1" && bodyEnd !== "connection" && !tokens.includes("close"),
  };
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
  throw new SyntaxError("The answer does not say for sure where it ends");
}
