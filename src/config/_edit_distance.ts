/**
 * How many edits make one word of another: for suggestions of the name that was meant.
 *
 * @module
 */

/**
 * The Levenshtein distance: the fewest insertions, deletions and replacements of characters that
 * make one text of the other. The time is the product of both lengths.
 */
export function editDistance(a: string, b: string): number {
  const letters = [...b];
  let row = [0, ...letters.map((_, at) => at + 1)];
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1];
    for (const [index, other] of letters.entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      const inserted = (next[index] ?? 0) + 1;
      const deleted = (row[index + 1] ?? 0) + 1;
      next.push(Math.min(replaced, inserted, deleted));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * The word that needs the fewest edits to become the given one, whatever the letter case; the first
 * of several.
 *
 * @returns undefined if there is no word.
 */
export function nearestText(given: string, known: readonly string[]): string | undefined {
  const lower = given.toLowerCase();
  let nearest: string | undefined;
  let least = Infinity;
  for (const word of known) {
    const distance = editDistance(lower, word.toLowerCase());
    if (distance < least) [nearest, least] = [word, distance];
  }
  return nearest;
}
