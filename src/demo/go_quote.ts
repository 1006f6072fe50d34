/**
 * Text as Go's `%q` writes it, which is how tailscaled quotes label values. It differs from the
 * exposition format's own escaping, so it is kept apart from it on purpose.
 *
 * @module
 */

const SHORT: ReadonlyMap<string, string> = new Map([
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
  ['"', '\\"'],
]);

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/**
 * The text in double quotes, with everything escaped that Go does not count as printable.
 *
 * Source: strconv.Quote of Go's standard library.
 */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const short = SHORT.get(char);
    if (short !== undefined) quoted += short;
    else if (PRINTABLE.test(char)) quoted += char;
    else quoted += escapeCode(char.codePointAt(0) as number);
  }
  return quoted + '"';
}

function escapeCode(code: number): string {
  // A lone surrogate is no character: Go has already turned it into U+FFFD.
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
