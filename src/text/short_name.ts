/**
 * The short name of a node, for lines where its tailnet is known.
 *
 * @module
 */

/**
 * The first label of a name: "web-1.tail.ts.net" → "web-1".
 *
 * @returns The whole name if it begins with a dot: never an empty text for a name that has one.
 */
export function shortName(name: string): string {
  return name.split(".", 1)[0] || name;
}
