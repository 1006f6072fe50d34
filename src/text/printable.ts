/**
 * Text from outside made safe for terminals and log viewers: characters that move the cursor, end a
 * line, turn the reading direction or cannot be seen are written as `\uXXXX`, in tables as U+FFFD.
 * In JSON the escapes change nothing for a reader of JSON. A leaf: imports nothing.
 *
 * @module
 */

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

// The same where JSON has not escaped it, written out for speed: DEL and C1 controls, bidirectional
// and invisible characters, separators, and the tag characters from U+E0000 on.
const UNSAFE_IN_JSON = new RegExp(
  String.raw`[\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e` +
    String.raw`\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]` +
    String.raw`|\udb40[\udc00-\udc7f]`,
  "g",
);

/** A text on one line, with everything unsafe escaped, lone surrogates too. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, escapeUnits);
}

/** A text on one line, with U+FFFD for each unsafe character: as wide as it was, for tables. */
export function replaceUnsafe(text: string): string {
  return text.replace(UNSAFE, "\ufffd");
}

/**
 * A value as JSON in which every unsafe character is escaped.
 *
 * @param indent Spaces of one level; without it the JSON is on one line.
 */
export function toJson(value: unknown, indent?: number): string {
  // The other controls and lone surrogates are escaped by the platform.
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_JSON, escapeUnits);
}

function escapeUnits(character: string): string {
  let text = "";
  for (let at = 0; at < character.length; at++) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return text;
}
