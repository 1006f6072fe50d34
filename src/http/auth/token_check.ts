/**
 * Whether a request carries the token of `METRICS_TOKEN`. Only the check: which paths need it is
 * `route.ts`'s matter, how often a client may try is `rate_limiter.ts`'s.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../secret/secret.ts";

/**
 * A check of the `Authorization` header against one token.
 *
 * Digests are compared, in constant time, so that neither the token's bytes nor its length show in
 * how long an answer takes. The scheme's case does not matter (RFC 9110, 11.1).
 *
 * @returns Tells for a request's header, null when it has none, whether it holds the token.
 */
export function createTokenCheck(token: Secret): (authorization: string | null) => boolean {
  const expected = digest(new TextEncoder().encode(token.reveal()));
  return (authorization) => {
    const given = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    return given !== undefined && timingSafeEqual(digest(headerBytes(given)), expected);
  };
}

// A header's characters are its bytes; read as UTF-8 text they would be encoded twice.
function headerBytes(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
