/**
 * When the API key in use expires: headscale lists its keys with their expiry, and each by its
 * first characters.
 *
 * @module
 */

import { readSeconds } from "../json/field.ts";
import { isJsonObject, parseJson } from "../json/json.ts";
import type { Secret } from "../secret/secret.ts";

/** The shortest beginning of a key that names it: old keys have seven characters before a dot. */
const MIN_PREFIX = 7;

/**
 * The expiry of the key in use.
 *
 * Shape: `{"apiKeys":[{"prefix":"hskey-api-0123456789ab-***","expiration":"2027-…"}]}` → Unix
 * seconds
 * Source: headscale 0.29.3, `GET /api/v1/apikey`
 *
 * @param text The list of all keys.
 * @returns undefined if the list does not have the key, or it never expires.
 * @throws {SyntaxError | RangeError} If the text is not JSON, or of no sane shape.
 */
export function readKeyExpiry(text: string, key: Secret): number | undefined {
  const answer = parseJson(text);
  const keys: unknown = isJsonObject(answer) ? answer.apiKeys : undefined;
  if (!Array.isArray(keys)) return undefined;
  const own = keys.find((entry: unknown) => isJsonObject(entry) && begins(key, entry.prefix));
  return isJsonObject(own) ? readSeconds(own.expiration) : undefined;
}

/** Whether a key begins so; headscale masks the rest with asterisks. */
function begins(key: Secret, prefix: unknown): boolean {
  if (typeof prefix !== "string") return false;
  const beginning = prefix.replace(/\*+$/, "");
  return beginning.length >= MIN_PREFIX && key.reveal().startsWith(beginning);
}
