/**
 * Selects devices and peers by globs on their names and tags, as settings write them.
 *
 * @module
 */

import { tagKey } from "./tag.ts";
import { matchGlob } from "./text/glob.ts";

/** What a selector looks at. */
export interface Named {
  /** The id. */
  readonly id: string;
  /** The name, mostly of MagicDNS. */
  readonly name: string;
  /** The machine's own host name. */
  readonly hostname?: string | undefined;
  /** Tags, with their prefix. */
  readonly tags: readonly string[];
}

/** What a selector goes by; with both lists given an item must match both. */
export interface SelectorOptions<T extends Named> {
  /** Globs on name, short name, host name and id, one of which must match; case does not count. */
  readonly names?: readonly string[];
  /** Globs on tags, with or without "tag:", one of which must match. */
  readonly tags?: readonly string[];
  /** The tags that count. Default: all. */
  readonly tagsOf?: (item: T) => readonly string[];
}

/** A selector, compiled once; an empty list asks for nothing. */
export function createSelector<T extends Named>(
  { names = [], tags = [], tagsOf = ({ tags }) => tags }: SelectorOptions<T>,
): (item: T) => boolean {
  const nameGlobs = names.map(lower);
  const tagGlobs = tags.map(tagKey);
  return (item) =>
    (nameGlobs.length === 0 || matchesAny(nameGlobs, namesOf(item))) &&
    (tagGlobs.length === 0 || matchesAny(tagGlobs, tagsOf(item).map(tagKey)));
}

function matchesAny(globs: readonly string[], texts: readonly string[]): boolean {
  return globs.some((glob) => texts.some((text) => matchGlob(glob, text)));
}

/** All names in lower case: name, short name, id and host name. */
export function namesOf({ hostname, id, name }: Named): readonly string[] {
  const full = lower(name);
  const names = [full, full.split(".", 1)[0] ?? full, lower(id)];
  if (hostname !== undefined) names.push(lower(hostname));
  return names;
}

function lower(text: string): string {
  return text.toLowerCase();
}
