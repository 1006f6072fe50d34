/**
 * Entity tags: what a client has already is not sent again.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A tag that is the same for the same parts. */
export function makeEtag(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return `"${hash.digest("base64url").slice(0, 22)}"`;
}

/**
 * Whether the client has the answer with this tag.
 *
 * Source: RFC 9110, 13.1.2
 */
export function isUnchanged(request: Request, etag: string): boolean {
  // A POST has changed something, and its answer says what.
  if (request.method === "POST") return false;
  return (request.headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag);
}
