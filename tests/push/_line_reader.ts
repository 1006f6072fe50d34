/**
 * Reads line protocol the obvious way: character by character, a backslash before a delimiter takes
 * it literally, as InfluxDB's own parser does.
 *
 * @module
 */

/** A line as it was read. */
export interface ReadLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  readonly time: string;
}

/** Reads a line; throws where it is none. */
export function readLine(line: string): ReadLine {
  if (line.includes("\n")) throw new SyntaxError("more than one line");
  // Only fields have quotes.
  const [head = ""] = split(line, " ", false);
  const [fieldText = "", time = "", ...rest] = split(line.slice(head.length + 1), " ", true);
  if (rest.length > 0) throw new SyntaxError(`more than three parts: ${line}`);
  const [measurement = "", ...tags] = split(head, ",", false);
  return {
    // In a measurement = means nothing.
    measurement: measurement.replace(/\\([, ])/g, "$1"),
    tags: Object.fromEntries(tags.map(readTag)),
    fields: Object.fromEntries(split(fieldText, ",", true).map(readField)),
    time,
  };
}

function readTag(text: string): readonly [string, string] {
  const [name = "", value = "", ...rest] = split(text, "=", false);
  if (rest.length > 0 || name === "" || value === "") throw new SyntaxError(`no tag: ${text}`);
  return [unescape(name), unescape(value)];
}

function readField(text: string): readonly [string, string] {
  const [name = "", value = "", ...rest] = split(text, "=", true);
  if (rest.length > 0 || name === "" || value === "") throw new SyntaxError(`no field: ${text}`);
  if (!value.startsWith('"')) return [unescape(name), value];
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(value)) throw new SyntaxError(`no text: ${value}`);
  return [unescape(name), value.slice(1, -1).replace(/\\(["\\])/g, "$1")];
}

function unescape(text: string): string {
  return text.replace(/\\([,= ])/g, "$1");
}

function split(text: string, delimiter: string, hasQuotes: boolean): readonly string[] {
  const parts = [""];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    const before = text[at - 1];
    if (isQuoted && char === "\\") {
      parts.push((parts.pop() ?? "") + char + (text[++at] ?? ""));
      continue;
    }
    const opens = before === "=" && text[at - 2] !== "\\";
    if (char === '"' && hasQuotes && (isQuoted || opens)) isQuoted = !isQuoted;
    if (char === delimiter && !isQuoted && before !== "\\") parts.push("");
    else parts.push((parts.pop() ?? "") + char);
  }
  return parts;
}
