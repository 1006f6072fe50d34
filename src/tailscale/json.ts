/**
 * JSON that keeps ids beyond 2^53, that cannot be made to fill the memory, and whose errors quote
 * nothing of the text.
 *
 * @module
 */

import { checkShape } from "./_json_shape.ts";
import { LongBytes } from "./long_bytes.ts";

/** A JSON object: any value under any name. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text.
 *
 * @throws {SyntaxError} If the text is not JSON; its message names the position, never the text.
 * @throws {RangeError} If it is nested deeper than 256 levels or holds over 4,000,000 objects and
 * lists: parsed, a text of brackets takes fifty times its own memory.
 */
export function parseJson(text: string): unknown {
  checkShape(LongBytes.of(text));
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes a few characters of the text, and they may be half of a secret.
    const message = error instanceof Error ? error.message.replace(/, (?:\.\.\.)?".*$/s, "") : "";
    throw new SyntaxError(message === "" ? "Not JSON" : message);
  }
}

/** What the reviver is told about a primitive: the characters it was written with. */
interface ReviverContext {
  readonly source?: string;
}

/**
 * The value of a JSON text, integers that a number cannot hold as their digits. About ten times
 * as slow as {@linkcode parseJson}: for a text that was seen to hold such a number.
 *
 * Shape: `[9007199254740993, 1.5]` → ["9007199254740993", 1.5]
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {RangeError} As {@linkcode parseJson}.
 */
export function parseJsonExactly(text: string): unknown {
  checkShape(LongBytes.of(text));
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? source : value;
  };
  return JSON.parse(text, revive);
}
