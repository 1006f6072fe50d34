/**
 * Two pages of one tailscaled as one, so that no family stands there twice.
 *
 * @module
 */

const LF = 0x0a;

/** Maximum number of lines of a page, as of devices' pages; tailscaled's have some hundred. */
const MAX_LINES = 20_000;

/**
 * The first page whole, and of the second the families that the first does not have.
 *
 * Shape: two pages in text format 0.0.4 → one; what is no line of that format is passed on
 *
 * @throws {RangeError} If one has more than 20,000 lines: 2 MiB of empty ones would take seconds.
 */
export function joinPages(first: Uint8Array, second: Uint8Array): Uint8Array {
  checkLines(first);
  checkLines(second);
  const names = new Set<string>();
  for (const line of linesOf(first)) {
    const name = nameOf(line);
    if (name !== undefined) names.add(name);
  }
  let text = "";
  for (const line of linesOf(second)) {
    const name = nameOf(line);
    if (name === undefined || !names.has(name)) text += line;
  }
  const added = new TextEncoder().encode(text);
  const hasEnd = first.length === 0 || first[first.length - 1] === LF;
  const joined = new Uint8Array(first.length + (hasEnd ? 0 : 1) + added.length);
  joined.set(first);
  if (!hasEnd) joined[first.length] = LF;
  joined.set(added, joined.length - added.length);
  return joined;
}

function checkLines(page: Uint8Array): void {
  let count = 0;
  for (let at = page.indexOf(LF); at >= 0; at = page.indexOf(LF, at + 1)) {
    if (++count > MAX_LINES) throw new RangeError(`Cannot join pages of over ${MAX_LINES} lines`);
  }
}

/** The lines, each with its line feed if it has one. */
function linesOf(page: Uint8Array): Iterable<string> {
  // Bytes that are not UTF-8 become U+FFFD here, which is no harm to names.
  return new TextDecoder().decode(page).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The name that a line is about: a sample's, or that of its HELP or TYPE. */
function nameOf(line: string): string | undefined {
  return /^(?:#[ \t]*(?:HELP|TYPE)[ \t]+)?([a-zA-Z_:][\w:]*)/.exec(line)?.[1];
}
