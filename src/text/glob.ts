/**
 * Globs, as settings use them on names of devices, families and labels. A leaf: imports nothing.
 *
 * @module
 */

/**
 * Whether a glob covers the whole text: `*` is any run of characters, `?` is one, also one beyond
 * U+FFFF. Letter case counts. The time is bounded by the product of both lengths, whatever the
 * glob.
 */
export function matchGlob(glob: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (from < text.length) {
    if (glob[at] === "*") {
      star = at++;
      resume = from;
    } else if (glob[at] === "?") {
      at++;
      from += widthAt(text, from);
    } else if (at < glob.length && glob[at] === text[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier stars need no second try.
      at = star + 1;
      resume += widthAt(text, resume);
      from = resume;
    } else {
      return false;
    }
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}

/** How many UTF-16 units the character has that begins here. */
function widthAt(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
