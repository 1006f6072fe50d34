/**
 * The forms an answer of ours takes, and the headers that all of them carry. Bodies are encoded
 * here, so that each has a `Content-Length` and HEAD can tell it too. The scraped page is no reply
 * of these forms: see `metrics.ts`.
 *
 * @module
 */

import { toJson } from "../text/printable.ts";

/** What every answer carries unless it says otherwise. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Header names, lower case, and their values. */
export type ReplyHeaders = Readonly<Record<string, string>>;

/** Plain text; `text` is a constant of ours and ends with a line feed. */
export function textReply(status: number, text: string, headers: ReplyHeaders = {}): Response {
  return reply(status, "text/plain; charset=utf-8", text, headers);
}

/** JSON, indented for people and safe for their terminals, with a line feed at its end. */
export function jsonReply(status: number, value: unknown): Response {
  return jsonBytesReply(status, encodeJson(value, 2));
}

/** JSON that was encoded before. */
export function jsonBytesReply(
  status: number,
  bytes: Uint8Array<ArrayBuffer>,
  headers: ReplyHeaders = {},
): Response {
  return new Reply(bytes, status, { "content-type": "application/json", ...headers });
}

/** HTML; the caller has escaped what is not constant. */
export function htmlReply(status: number, html: string, headers: ReplyHeaders = {}): Response {
  return reply(status, "text/html; charset=utf-8", html, headers);
}

/** Up to this size the platform's copy of a body is cheaper than a stream of it. */
const COPIED_BYTES = 16 * 1024;

/**
 * An answer whose bytes are at hand. Large ones are shared, not copied: two answers of one array
 * keep it in memory once, however many clients have not read theirs.
 */
export class Reply extends Response {
  /** The body. It must not change any more. */
  readonly content: Uint8Array<ArrayBuffer>;

  /** An answer with these bytes and their length in its headers. */
  constructor(bytes: Uint8Array<ArrayBuffer>, status: number, headers: ReplyHeaders) {
    super(bytes.length > COPIED_BYTES ? streamOf(bytes) : bytes, {
      status,
      headers: { "content-length": String(bytes.length), ...headers },
    });
    this.content = bytes;
  }
}

/**
 * An answer that is made while things happen: its head and each piece go out at once, and the
 * connection ends with it. Its body is cancelled as soon as the client has gone.
 */
export class StreamReply extends Response {}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** A value as JSON with a line feed at its end, as it is sent; safe for terminals. */
export function encodeJson(value: unknown, indent?: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${toJson(value, indent)}\n`);
}

function reply(status: number, type: string, body: string, headers: ReplyHeaders): Response {
  return new Reply(new TextEncoder().encode(body), status, { "content-type": type, ...headers });
}

/**
 * The answer as it goes out: with the security headers it does not set itself, and without a body
 * for HEAD.
 *
 * A HEAD answer of unknown length keeps its (empty) stream: for an absent body the server would
 * claim `Content-Length: 0`.
 */
export function finishReply(response: Response, method: string): Response {
  const isBare = method === "HEAD" && response.headers.has("content-length");
  const finished = isBare ? new Response(null, response) : response;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!finished.headers.has(name)) finished.headers.set(name, value);
  }
  return finished;
}
