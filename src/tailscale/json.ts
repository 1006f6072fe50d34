/**
 * JSON that keeps ids beyond 2^53, that cannot be made to fill the memory, and whose errors quote
 * nothing of the text.
 *
 * @module
 */

/** A JSON object: any value under any name. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The deepest nesting that is read; a device list goes five levels down. */
const MAX_DEPTH = 256;

/** The most objects and lists of one text; 64 MiB of real devices hold a third of it. */
const MAX_CONTAINERS = 4_000_000;

/**
 * The value of a JSON text.
 *
 * @throws {SyntaxError} If the text is not JSON; its message names the position, never the text.
 * @throws {RangeError} If it is nested deeper than 256 levels or holds over 4,000,000 objects and
 * lists: parsed, a text of brackets takes fifty times its own memory.
 */
export function parseJson(text: string): unknown {
  checkShape(text);
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
  checkShape(text);
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? source : value;
  };
  return JSON.parse(text, revive);
}

/**
 * The texts of the entries of a list that stands under a name at the top of an object, so that each
 * can be parsed, and forgotten, on its own.
 *
 * Shape: `{"devices":[{"id":1},{"id":2}]}`, "devices" → [`{"id":1}`, `{"id":2}`]
 *
 * @returns undefined unless the list is there just once and all its entries are objects or lists;
 * then whether the text as a whole is JSON depends on the entries alone.
 * @throws {RangeError} As {@linkcode parseJson}.
 */
export function splitList(text: string, name: string): readonly string[] | undefined {
  const { lists, entries } = checkShape(text);
  const key = new RegExp(`[{,]\\s*${JSON.stringify(name)}\\s*:\\s*$`);
  const named = lists.filter(([start]) => key.test(text.slice(Math.max(0, start - 100), start)));
  const list = named[0];
  if (list === undefined || named.length > 1) return undefined;
  const [start, end] = list;
  const texts: string[] = [];
  let last = start + 1;
  for (const [from, to] of entries) {
    if (from < start || to > end) continue;
    if (text.slice(last, from).trim() !== (texts.length === 0 ? "" : ",")) return undefined;
    texts.push(text.slice(from, to));
    last = to;
  }
  if (text.slice(last, end - 1).trim() !== "") return undefined;
  return isEmptyList(`${text.slice(0, start + 1)}${text.slice(end - 1)}`, name) ? texts : undefined;
}

function isEmptyList(text: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const list = isJsonObject(value) ? value[name] : undefined;
    return Array.isArray(list) && list.length === 0;
  } catch {
    return false;
  }
}

/** Start and end. */
type Range = readonly [start: number, end: number];

/** Where things stand in a text. */
interface Shape {
  /** Lists on the second level. */
  readonly lists: readonly Range[];
  /** Objects and lists on the third. */
  readonly entries: readonly Range[];
}

/** Counts brackets outside of strings; what is no JSON at all is left to the parser. */
function checkShape(text: string): Shape {
  const lists: Range[] = [];
  const entries: Range[] = [];
  let listStart = -1;
  let entryStart = -1;
  let depth = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
    } else if (unit === OPEN_OBJECT || unit === OPEN_LIST) {
      count++;
      if (++depth > MAX_DEPTH) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`);
      if (depth === 2) listStart = unit === OPEN_LIST ? at : -1;
      else if (depth === 3) entryStart = at;
    } else if (unit === CLOSE_OBJECT || unit === CLOSE_LIST) {
      if (depth === 2 && listStart !== -1) lists.push([listStart, at + 1]);
      else if (depth === 3) entries.push([entryStart, at + 1]);
      depth--;
    }
  }
  if (count > MAX_CONTAINERS) {
    throw new RangeError(`Holds ${count} objects and lists, more than ${MAX_CONTAINERS}`);
  }
  return { lists, entries };
}

/** Where the string that begins at `start` has its closing quote; the text's end if it has none. */
function endOfString(text: string, start: number): number {
  for (let at = start;;) {
    at = text.indexOf('"', at + 1);
    if (at < 0) return text.length;
    let first = at;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((at - first) % 2 === 0) return at;
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
