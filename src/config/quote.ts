/**
 * How a fault shows the value it is about: quoted, on one line, cut, and never a secret.
 *
 * @module
 */

import { hideShapes } from "../secret/credential_form.ts";

const MAX_SHOWN_LENGTH = 80;

/** The value in quotes; one that looks like a secret is hidden, wherever it was put by mistake. */
export function quoteOpen(text: string): string {
  if (/[th]skey-/i.test(text) || hideShapes(text) !== text) return quoteHidden(text);
  const shown = text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
  return `"${shown.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, escapeCharacter)}"`;
}

/** What may be said of a secret: "a value of 12 characters". */
export function quoteHidden(text: string): string {
  return `a value of ${text.length} ${text.length === 1 ? "character" : "characters"}`;
}

/** A word after what it was taken for: `command "srve"`, or "command of 17 characters". */
export function quoteAs(what: string, word: string): string {
  const shown = quoteOpen(word);
  return shown.startsWith('"') ? `${what} ${shown}` : shown.replace("a value", what);
}

/** The URL in quotes, unless it has a part where a password or token may stand. */
export function quoteUrl(text: string): string {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:\[[0-9a-f:.]*\]|[\w.-]+)(?::\d*)?(?:\/[\w./~-]*)?$/i
      .test(text)
    ? quoteOpen(text)
    : quoteHidden(text);
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
