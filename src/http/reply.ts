/**
 * The forms an answer of ours takes, and the headers that all of them carry. Bodies are encoded
 * here, so that each has a `Content-Length` and HEAD can tell it too. The scraped page is no reply
 * of these forms: see `metrics.ts`.
 *
 * @module
 */

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

/** JSON, indented for people, with a line feed at its end. */
export function jsonReply(status: number, value: unknown): Response {
  return reply(status, "application/json", `${JSON.stringify(value, null, 2)}\n`, {});
}

/** HTML; whoever calls has escaped what is not constant. */
export function htmlReply(status: number, html: string, headers: ReplyHeaders = {}): Response {
  return reply(status, "text/html; charset=utf-8", html, headers);
}

function reply(status: number, type: string, body: string, headers: ReplyHeaders): Response {
  const bytes = new TextEncoder().encode(body);
  return new Response(bytes, {
    status,
    headers: { "content-type": type, "content-length": String(bytes.length), ...headers },
  });
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
