/**
 * Warns of lines in `.env` that Deno leaves out or cuts without a word: a `#` or `$` in a password
 * makes it another password, a quote that is not closed swallows the lines behind it. The program
 * itself may read no file, so `deno task start` runs this before it.
 *
 *     deno run -P=env-file --no-prompt tools/env_file.ts
 *
 * @module
 */

/** What is wrong with a line; never shows a value. */
export interface EnvFault {
  /** The line, counted from 1. */
  readonly line: number;
  /** A sentence. */
  readonly problem: string;
}

const ENTRY = /^\s*(?:export\s+)?([^=]*?)\s*=\s*(.*)$/s;
const NAME = /^[A-Za-z_]\w*$/;

/** All faults of a file's text, by line. */
export function findEnvFaults(text: string): readonly EnvFault[] {
  const faults: EnvFault[] = [];
  const lines = text.split(/\r?\n/);
  const firstLines = new Map<string, number>();
  if (lines[0]?.startsWith("\ufeff") === true) {
    faults.push({ line: 1, problem: "begins with a byte order mark: its variable is not set." });
  }
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]?.replace(/^\ufeff/, "") ?? "";
    if (/^\s*(?:#|$)/.test(line)) continue;
    const report = (problem: string) => faults.push({ line: at + 1, problem });
    const [, name = "", value = ""] = ENTRY.exec(line) ?? [];
    if (!NAME.test(name)) {
      report("is not NAME=VALUE: it is left out.");
      continue;
    }
    const first = firstLines.get(name);
    if (first !== undefined) report(`sets ${name} again: line ${first} counts.`);
    else firstLines.set(name, at + 1);
    const quote = /^["']/.exec(value)?.[0];
    if (quote === undefined) {
      for (const problem of findBareFaults(name, value)) report(problem);
      continue;
    }
    const end = findClosing(lines, at, value.slice(1), quote);
    if (end === undefined) {
      report(`does not close the quote of ${name}.`);
      continue;
    }
    if (quote === '"' && /(?:^|[^\\])\$/.test(end.inside)) report(dollar(name));
    if (/^\s*[^\s#]/.test(end.behind)) report(`has text behind the quote of ${name}: it is cut.`);
    if (end.line > at && !end.inside.includes("-----BEGIN ")) {
      report(`opens a quote for ${name} that line ${end.line + 1} closes.`);
    }
    at = end.line;
  }
  return faults;
}

function findBareFaults(name: string, value: string): readonly string[] {
  const [bare = ""] = value.split(/\s#/);
  return [
    ...bare.includes("#") ? [`has a # in ${name}: the value ends there. Quote it.`] : [],
    ...bare.includes("$") ? [dollar(name)] : [],
  ];
}

function dollar(name: string): string {
  return `has a $ in ${name}: a variable is put in there. Use single quotes.`;
}

interface Closing {
  readonly line: number;
  readonly inside: string;
  readonly behind: string;
}

function findClosing(
  lines: readonly string[],
  from: number,
  begin: string,
  quote: string,
): Closing | undefined {
  let inside = "";
  for (let line = from; line < lines.length; line++) {
    const text = line === from ? begin : lines[line] ?? "";
    const end = quote === '"' ? /(?<!\\)(?:\\\\)*"/.exec(text) : /'/.exec(text);
    if (end !== null) {
      const at = end.index + end[0].length;
      return { line, inside: inside + text.slice(0, at - 1), behind: text.slice(at) };
    }
    inside += `${text}\n`;
  }
  return undefined;
}

if (import.meta.main) {
  let text = "";
  try {
    text = await Deno.readTextFile(".env");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const { line, problem } of findEnvFaults(text)) {
    console.error(`.env: line ${line} ${problem}`);
  }
}
