/**
 * Text from outside, made fit to stand in a message: secrets hidden, control characters gone, cut.
 * A server may echo what it was sent, so nothing of an answer is shown without passing here; the
 * log passes every line through here once more.
 *
 * @module
 */

import { hideShapes } from "./credential_form.ts";
import { REDACTED, type Secret } from "./secret.ts";

/** Maximum number of characters of foreign text that a message quotes. */
export const MAX_QUOTE = 200;

/** Texts shorter than this are no secrets; hiding them would only garble messages. */
const MIN_SECRET = 4;

/** How many values are remembered; tokens come and go, the first ones given stay. */
const MAX_REMEMBERED = 16;

/** Knows secrets and hides them. */
export class Redactor {
  readonly #fixed: readonly string[];
  readonly #passing: string[] = [];
  #longestFirst: readonly string[];

  /**
   * Hides the given values, and those added later.
   *
   * @param secrets Values that are hidden as long as this object lives.
   */
  constructor(secrets: readonly Secret[] = []) {
    this.#fixed = secrets.flatMap((secret) => partsOf(secret.reveal()).flatMap(spellings));
    this.#longestFirst = this.#sort();
  }

  /**
   * Hides one more value, an access token; after sixteen further spellings it is forgotten again.
   *
   * @param secret The value as it goes onto the wire.
   */
  add(secret: string): void {
    for (const spelling of spellings(secret)) {
      if (!this.#passing.includes(spelling)) this.#passing.push(spelling);
    }
    this.#passing.splice(0, this.#passing.length - MAX_REMEMBERED);
    this.#longestFirst = this.#sort();
  }

  /**
   * The text with every known secret replaced, as sent, form-encoded or escaped as in JSON, and
   * with everything replaced that looks like a secret.
   */
  hide(text: string): string {
    for (const secret of this.#longestFirst) text = text.replaceAll(secret, REDACTED);
    return hideShapes(text);
  }

  /**
   * The text in quotes, on one line, at most {@linkcode MAX_QUOTE} characters of it.
   *
   * Shape: "<html>\n  <title>Log in" → "\"<html> <title>Log in\""
   *
   * @returns "an empty answer", without quotes, for blank text.
   */
  quote(text: string): string {
    // Hide first, cut second: half a secret would not be found again.
    const line = this.hide(text).slice(0, 20 * MAX_QUOTE).toWellFormed()
      .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
    if (line === "") return "an empty answer";
    if (line.length <= MAX_QUOTE) return `"${line}"`;
    return `"${line.slice(0, MAX_QUOTE - 1).toWellFormed()}…"`;
  }

  #sort(): readonly string[] {
    return [...this.#fixed, ...this.#passing].sort((a, b) => b.length - a.length);
  }
}

/** A key is also recognised by any of its lines: errors quote lines, not files. */
function partsOf(value: string): readonly string[] {
  const lines = value.split(/\s*\n\s*/).filter((line) => !line.startsWith("-----"));
  return [...new Set([value, ...lines])];
}

function spellings(secret: string): string[] {
  if (secret.length < MIN_SECRET) return [];
  const wellFormed = secret.toWellFormed();
  const form = new URLSearchParams({ a: wellFormed }).toString().slice(2);
  const escaped = [encodeURIComponent(wellFormed), form];
  const json = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, ...escaped, ...escaped.map(lowerEscapes), json, goJson(json)])];
}

/** RFC 3986 takes %c3 and %C3 for the same; a server may echo either. */
function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/** Go's encoder, and with it the API, escapes what means something in HTML. */
function goJson(json: string): string {
  return json.replace(
    /[<>&]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
