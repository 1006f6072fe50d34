/**
 * One copy of what many devices have in common: an operating system, a version, tags, the regions
 * that were measured. In 10,000 devices such texts and lists are a third of all that is known.
 *
 * @module
 */

/** Maximum number of values kept, and maximum length of a key. */
const MAX_VALUES = 10_000, MAX_KEY = 1024;

/** A list of more entries is seldom there twice. */
const MAX_ENTRIES = 64;

const texts = new Map<string, string>();
const lists = new Map<string, readonly string[]>();

/** The same text, and the same object for equal ones. */
export function internText(text: string): string {
  return intern(texts, text, text);
}

/** The same texts, and the same object for equal lists; the list must not change any more. */
export function internTexts(list: readonly string[]): readonly string[] {
  return list.length > MAX_ENTRIES ? list : intern(lists, JSON.stringify(list), list);
}

/** The value that was first under the key. A long key is no key: its value stays what it is. */
export function intern<T>(values: Map<string, T>, key: string, value: T): T {
  if (key.length > MAX_KEY) return value;
  const known = values.get(key);
  if (known !== undefined) return known;
  // Only memory is lost by starting anew.
  if (values.size >= MAX_VALUES) values.clear();
  values.set(key, value);
  return value;
}
