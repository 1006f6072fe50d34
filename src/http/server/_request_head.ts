/**
 * The head of a request, read as strictly as RFC 9112 permits: what two programs could read in two
 * ways is refused. Tells how the body's end is found; `request_body.ts` reads it.
 *
 * @module
 */

import { trimOws } from "../../text/ows.ts";

/** Most bytes of a head, its last empty line included. */
export const MAX_HEAD_BYTES: number = 64 * 1024;
/** Most headers of a head. */
const MAX_HEADERS = 128;

const CR = 13, LF = 10;

/** Length of a body in bytes; undefined if the head tells of none. */
export type BodyLength = number | "chunked" | undefined;

/** A request without its body. */
export interface Head {
  /** The method as it was sent. */
  readonly method: string;
  /** What was asked for: a path with its query, or a whole URL. */
  readonly target: string;
  /** Names and values in the order sent; a value's characters are its bytes. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether the protocol is HTTP/1.0, which knows no chunks. */
  readonly isOld: boolean;
  /** Whether the client reads further answers from this connection. */
  readonly isKeptOpen: boolean;
  /** How the end of the body is found. */
  readonly bodyLength: BodyLength;
  /** Whether the client sends the body only after it was told to: `Expect: 100-continue`. */
  readonly expectsContinue: boolean;
}

/** Why a head is refused. */
export interface HeadFault {
  /** The status to answer with. */
  readonly status: 400 | 431 | 505;
  /** The line of the answer. */
  readonly reason: string;
}

/**
 * Where a head ends.
 *
 * @param from Bytes before this index were searched already.
 * @returns The index after its empty line; undefined if that is still to come.
 */
export function findHeadEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(LF, Math.max(3, from)); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
  }
  return undefined;
}

/** Whether bytes begin with an empty line: a carriage return and a line feed. */
export function startsWithEmptyLine(bytes: Uint8Array): boolean {
  return bytes[0] === CR && bytes[1] === LF;
}

/**
 * Whether what has come of a head can only be refused, without waiting for its end: it
 * begins as no method does, like the first bytes of TLS, or a line ends without a carriage return.
 *
 * @param from Bytes before this index were looked at already.
 */
export function isHopeless(bytes: Uint8Array, from: number): boolean {
  const [first] = bytes;
  if (first !== undefined && first !== CR && !TOKEN.test(String.fromCharCode(first))) return true;
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return true;
  }
  return false;
}

const TOKEN = /^[!#$%&'*+.^_`|~\w-]$/;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]{1,32}) ([\x21-\x7e\x80-\xff]+) HTTP\/1\.([01])$/;
const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;
// One class and no blanks before it: two that take the same bytes try every way to share them.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The answer to what cannot be read, or in more than one way. */
export const BAD_HEAD: HeadFault = { status: 400, reason: "Bad Request" };

/**
 * Reads a head.
 *
 * Source: RFC 9112, 2 to 5 and 9.3
 *
 * @param bytes All of it, with its empty line.
 */
export function readHead(bytes: Uint8Array): Head | HeadFault {
  const [first = "", ...lines] = latin1(bytes.subarray(0, -4)).split("\r\n");
  if (first === "PRI * HTTP/2.0") return { status: 505, reason: "HTTP Version Not Supported" };
  const [, method = "", target = "", minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === "") return BAD_HEAD;
  if (lines.length > MAX_HEADERS) {
    return { status: 431, reason: `Request Header Fields Too Large: at most ${MAX_HEADERS}` };
  }
  const headers: [string, string][] = [];
  const isOld = minor === "0";
  let connection = "", hosts = 0, length: string | undefined, coding: string | undefined;
  let expectation: string | undefined;
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    const value = trimOws(line.slice(colon + 1));
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return BAD_HEAD;
    headers.push([name, value]);
    const known = name.toLowerCase();
    if (known === "host") hosts++;
    else if (known === "connection") connection += `,${value.toLowerCase()}`;
    else if (known === "transfer-encoding") coding = coding === undefined ? value : "several";
    else if (known === "content-length") length = length === undefined ? value : "several";
    else if (known === "expect") expectation = value.toLowerCase();
  }
  if (coding !== undefined) {
    // Of two ways to tell where a body ends a proxy may have taken the other.
    if (isOld || length !== undefined || coding.toLowerCase() !== "chunked") return BAD_HEAD;
  } else if (!/^\d{1,15}$/.test(length ?? "0")) return BAD_HEAD;
  const bodyLength = coding !== undefined
    ? "chunked"
    : length === undefined
    ? undefined
    : Number(length);
  if (hosts > 1 || (hosts === 0 && !isOld)) return BAD_HEAD;
  const says = (word: string) => connection.split(",").some((each) => trimOws(each) === word);
  const isKeptOpen = isOld ? says("keep-alive") : !says("close");
  // HTTP/1.0 knows no interim answers.
  const expectsContinue = !isOld && expectation === "100-continue";
  return { method, target, headers, isOld, isKeptOpen, bodyLength, expectsContinue };
}

/** Bytes as characters of the same numbers. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  // A call takes no more arguments than the stack has room for.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
