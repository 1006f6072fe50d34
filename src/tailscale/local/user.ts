/**
 * The owner of a node, as tailscaled knows users: from a status and from a whois.
 *
 * @module
 */

import { readText } from "../../json/field.ts";
import { isJsonObject, parseEntryJson, parseJsonExactly } from "../../json/json.ts";
import { readNumberId } from "./local_peer.ts";

/** A user of the tailnet. */
export interface LocalUser {
  /** The number as decimal digits, beyond 2^53 too. */
  readonly id: string;
  /** "amelie@example.com"; "tagged-devices" for nodes with tags. */
  readonly loginName: string | undefined;
  /** "Amelie Example". */
  readonly displayName: string | undefined;
}

/**
 * A user from its JSON text.
 *
 * Source: `UserProfile` in tailscale.com/tailcfg
 *
 * @returns undefined if the text is no user.
 */
export function decodeUser(text: string): LocalUser | undefined {
  try {
    const value = parseEntryJson(text);
    const isExact = !isJsonObject(value) || typeof value.ID !== "number" ||
      Number.isSafeInteger(value.ID);
    return readUser(isExact ? value : parseJsonExactly(text));
  } catch {
    return undefined;
  }
}

/** The same from a parsed value. */
export function readUser(value: unknown): LocalUser | undefined {
  if (!isJsonObject(value)) return undefined;
  const id = readNumberId(value.ID);
  if (id === undefined) return undefined;
  return { id, loginName: readText(value.LoginName), displayName: readText(value.DisplayName) };
}
