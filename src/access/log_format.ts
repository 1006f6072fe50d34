/**
 * Reads the text of an nginx `log_format`: its literals, its variables and how it escapes values.
 * What the variables mean is in `variable.ts`, how lines are matched in `line_pattern.ts`.
 *
 * @module
 */

import type { Escape } from "./variable.ts";

/** A format, read. */
export interface LogFormat {
  /** How values are escaped. */
  readonly escape: Escape;
  /** The text around the variables: one more than there are variables. */
  readonly literals: readonly string[];
  /** The variables' names without `$`, in their order. */
  readonly names: readonly string[];
}

/** Maximum length of a format, and of variables in one. */
const MAX_FORMAT = 4_096, MAX_VARIABLES = 64;

const ESCAPE = /^escape=(default|json|none)\s+/;
const VARIABLE = /^\$(?:(\w{1,64})|\{(\w{1,64})\})/;

/**
 * Reads a format as the configuration of nginx has it, without the name: `'$remote_addr …'`,
 * `escape=json '{…}'`. Quotes around it, and several quoted strings in a row, are taken as nginx
 * takes them.
 *
 * @throws {SyntaxError} If the text is none; its message completes "Cannot read the format: ".
 */
export function parseLogFormat(text: string): LogFormat {
  if (text.length > MAX_FORMAT) {
    throw new SyntaxError(`got ${text.length} characters, want at most ${MAX_FORMAT}`);
  }
  const [prefix = "", word] = ESCAPE.exec(text) ?? [];
  const escape = word === "json" || word === "none" ? word : "default";
  const format = joinQuoted(text.slice(prefix.length).trim());
  const literals: string[] = [];
  const names: string[] = [];
  let literal = "";
  for (let at = 0; at < format.length;) {
    const [variable, bare, braced] = VARIABLE.exec(format.slice(at, at + 70)) ?? [];
    if (variable === undefined) {
      if (format[at] === "$") {
        throw new SyntaxError('got a "$" without the name of a variable, want $name or ${name}');
      }
      literal += format[at++];
      continue;
    }
    literals.push(literal);
    literal = "";
    names.push(bare ?? braced ?? "");
    at += variable.length;
  }
  literals.push(literal);
  if (names.length === 0) throw new SyntaxError("got no variable, want $remote_addr and others");
  if (names.length > MAX_VARIABLES) {
    throw new SyntaxError(`got ${names.length} variables, want at most ${MAX_VARIABLES}`);
  }
  return { escape, literals, names };
}

/** `'a' 'b'` → `ab`; a text that does not begin with an apostrophe is taken as it is. */
function joinQuoted(text: string): string {
  if (!text.startsWith("'")) return text;
  let joined = "";
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("'", at + 1);
    if (text[at] !== "'" || end < 0) {
      throw new SyntaxError("got an apostrophe without its second one, want '…' '…'");
    }
    joined += text.slice(at + 1, end);
    at = end + 1;
    while (/\s/.test(text[at] ?? "")) at++;
  }
  return joined;
}
