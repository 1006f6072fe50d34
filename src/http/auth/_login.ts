/**
 * The name and password of an `Authorization: Basic …` header.
 *
 * Source: RFC 7617
 *
 * @module
 */

/** A login as it was sent. */
export interface Login {
  /** The name, without a colon. */
  readonly name: string;
  /** The password; it may be empty, and may have colons. */
  readonly password: string;
}

/** Longer logins are refused before anything is computed. */
const MAX_BASE64 = 1_400;

/**
 * Reads the login of a header.
 *
 * @returns undefined if there is none: another scheme, no base64, no UTF-8, no colon, a control
 * character, or more than 1 KB.
 */
export function readLogin(authorization: string | null): Login | undefined {
  const given = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? "")?.[1];
  if (given === undefined || given.length > MAX_BASE64) return undefined;
  const text = decode(given);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0 || /\p{Cc}/u.test(text)) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.fromBase64(base64, { lastChunkHandling: "loose" });
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
