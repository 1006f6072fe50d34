/**
 * The grammar of one line of text format 0.0.4: what both a Prometheus server and promtool take.
 * Blanks are spaces and tabs, and they may stand wherever both allow them.
 *
 * @module
 */

import { parseNumber, type ReadSample } from "./read_family.ts";

/** A line that tells something about a family. */
export interface Metadata {
  /** Which of the two. */
  readonly keyword: "HELP" | "TYPE";
  /** The name the line is about. */
  readonly name: string;
  /** The type, or the unescaped help. */
  readonly text: string;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const BLANKS = /[ \t]*/y;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\[\\"n])*)"/y;
const REST = /(\S+)(?:[ \t]+([0-9]+))?$/y;
const METADATA = /^#[ \t]*(HELP|TYPE)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:([ \t]+)(.*))?$/s;

const MAX_TIMESTAMP = 2n ** 63n - 1n;

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, c: string) => c === "n" ? "\n" : c);
}

/** The metadata of a line, undefined for a plain comment, or what is wrong with it. */
export function parseComment(text: string): Metadata | string | undefined {
  if (!/^#[ \t]*(?:HELP|TYPE)[ \t]/.test(text)) return undefined;
  const match = METADATA.exec(text);
  if (match === null) return "no metric name in the metadata";
  const [, keyword, name = "", blanks, rest = ""] = match;
  if (keyword === "HELP") {
    if (!/^(?:[^\\]|\\[\\n])*$/.test(rest)) return "an escape that HELP does not know";
    return { keyword, name, text: unescape(rest) };
  }
  // promtool takes upper case, more blanks and no type at all; a server takes none of them.
  const isType = /^(?:counter|gauge|histogram|summary|untyped)$/.test(rest);
  if (blanks?.length !== 1 || !isType) return "not a type";
  return { keyword: "TYPE", name, text: rest };
}

/** The sample of a line, or what is wrong with it. */
export function parseSample(text: string): ReadSample | string {
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match !== null) at = expression.lastIndex;
    return match;
  };
  const skip = (): boolean => take(BLANKS)?.[0] !== "";

  const name = take(NAME)?.[0];
  if (name === undefined) return "not a metric name";
  const hasBlank = skip();
  const labels: (readonly [string, string])[] = [];
  if (text[at] === "{") {
    at++;
    skip();
    while (text[at] !== "}") {
      const label = take(LABEL);
      if (label === null) return "not a label";
      labels.push([label[1] ?? "", unescape(label[2] ?? "")]);
      skip();
      if (text[at] === ",") at++;
      else if (text[at] !== "}") return "no comma between labels";
      skip();
    }
    at++;
    skip();
  } else if (!hasBlank) {
    return "not a metric name";
  }
  const names = new Set(labels.map(([label]) => label));
  if (names.size < labels.length) return "a label twice";
  if (names.has("__name__")) return "the label __name__";
  const rest = take(REST);
  const value = parseNumber(rest?.[1] ?? "");
  if (rest === null || value === undefined) return "not a number, or not a timestamp after it";
  const sample = { name, labels: Object.fromEntries(labels), value };
  if (rest[2] === undefined) return sample;
  if (BigInt(rest[2]) > MAX_TIMESTAMP) return "a timestamp of more than 64 bits";
  return { ...sample, timestamp: Number(rest[2]) };
}
