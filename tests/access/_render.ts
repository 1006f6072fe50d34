/**
 * Writes lines as nginx does, and arbitrary formats and values to write: the other half of reading
 * them back.
 *
 * @module
 */

import fc from "fast-check";
import { type Escape, variableOf } from "../../src/access/variable.ts";

/** A format and values for its variables. */
export interface Written {
  /** The format, with its `escape=`. */
  readonly format: string;
  /** How it escapes. */
  readonly escape: Escape;
  /** The values, in the order of the variables. */
  readonly values: readonly string[];
  /** The line that nginx writes of them. */
  readonly line: string;
}

/** A value as nginx writes it. */
export function escapeValue(value: string, escape: Escape): string {
  if (escape === "none") return value;
  if (escape === "json") {
    // nginx has hexadecimal digits in upper case.
    return JSON.stringify(value).slice(1, -1)
      .replace(/\\\\|\\u[\da-f]{4}/g, (found) => found.toUpperCase().replace("U", "u"));
  }
  if (value === "") return "-";
  let text = "";
  for (const byte of new TextEncoder().encode(value)) {
    const isPlain = byte >= 32 && byte <= 126 && byte !== 0x22 && byte !== 0x5c;
    text += isPlain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** Every variable whose values are known, and some that may hold any text. */
const VARIABLES: readonly string[] = [
  ...["remote_addr", "http_x_forwarded_for", "http_tailscale_user_login", "server_name", "host"],
  ...["http_host", "time_local", "time_iso8601", "msec", "request", "request_method"],
  ...["request_uri", "uri", "document_uri", "args", "query_string", "status", "body_bytes_sent"],
  ...["bytes_sent", "request_time", "http_user_agent", "realip_remote_addr", "server_addr"],
  ...["remote_port", "scheme", "server_protocol", "server_port", "request_length", "request_id"],
  ...["connection", "connection_requests", "pid", "pipe", "hostname"],
  ...["remote_user", "http_referer", "upstream_response_time", "cookie_session"],
];

/** Pieces of text that look like parts of a format. */
const TRAPS = [
  " - ",
  "-",
  '"',
  "\\",
  "\\x22",
  "] ",
  " [",
  " ",
  "[",
  "é😀",
  "|",
  '" "',
  "200",
  "a",
  "",
];

const anyText = fc.array(
  fc.oneof(fc.constantFrom(...TRAPS), fc.string({ unit: "grapheme", maxLength: 4 })),
  { maxLength: 5 },
).map((parts) => parts.join(""));

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const anyTime = fc.integer({ min: 0, max: 4_102_444_799 }).map((seconds) => {
  const date = new Date(seconds * 1000);
  const iso = date.toISOString();
  const [year, month, day] = [iso.slice(0, 4), MONTHS[date.getUTCMonth()], iso.slice(8, 10)];
  return {
    local: `${day}/${month}/${year}:${iso.slice(11, 19)} +0000`,
    iso: `${iso.slice(0, 19)}+00:00`,
  };
});

function anyValue(name: string, escape: Escape): fc.Arbitrary<string> {
  if (name === "time_local") return anyTime.map(({ local }) => local);
  if (name === "remote_addr") return fc.oneof(fc.ipV4(), fc.ipV6());
  if (name === "time_iso8601") return anyTime.map(({ iso }) => iso);
  if (name === "status") {
    return fc.integer({ min: 0, max: 999 }).map((n) => `${n}`.padStart(3, "0"));
  }
  const { alphabet } = variableOf(name);
  if (alphabet === "number") return fc.stringMatching(/^\d{1,9}(?:\.\d{1,3})?$/);
  // An empty value is written as "-", so that this cannot be told from it.
  if (alphabet === "token") return fc.stringMatching(/^\w[\w.:/%-]{0,20}$/);
  if (alphabet === "word") return fc.stringMatching(/^\w[\w.:[\]|/é-]{0,20}$/);
  const text = anyText.filter((value) => value.isWellFormed() && value !== "-");
  return escape === "none" ? text.map((value) => value.replaceAll("\n", "")) : text;
}

const anyLiteral = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(" ", '" "', " [", "] ", '" ', ' "', " - ", "|", ",") },
  { weight: 1, arbitrary: fc.constantFrom("", "-", "a", "\\", '"', "é", '":"', "200") },
);

/** How a format is written down: nginx takes all of them alike. */
const anyStyle = fc.record({
  isBraced: fc.boolean(),
  cut: fc.constantFrom("", "' '", "'\n  '"),
});

/** Any format of nginx, whether it can be read back or not, and a line of it. */
export const written: fc.Arbitrary<Written> = fc.tuple(
  fc.constantFrom<Escape>("default", "json", "none"),
  fc.array(fc.tuple(anyLiteral, fc.constantFrom(...VARIABLES), fc.boolean(), anyStyle), {
    minLength: 1,
    maxLength: 8,
  }),
  anyLiteral,
).chain(([escape, parts, last]) =>
  fc.tuple(...parts.map(([, name]) => anyValue(name, escape))).map((values) => {
    let format = "";
    let line = "";
    for (const [index, [literal, name, isQuoted, { cut, isBraced }]] of parts.entries()) {
      const [before, after] = isQuoted ? [`${literal}"`, '"'] : [literal, ""];
      // A bare name goes on as far as it can.
      const next = after || (parts[index + 1]?.[0] ?? last);
      const isBare = !isBraced && next !== "" && !/^\w/.test(next);
      format += `${before}${cut}${isBare ? `$${name}` : `\${${name}}`}${after}`;
      line += before + escapeValue(values[index] ?? "", escape) + after;
    }
    // A blank at an end of the setting is not a part of the format.
    return { format: `escape=${escape} '${format}${last}'`, escape, values, line: line + last };
  })
);

/** A format that has what an access line needs, each variable in quotes, and a line of it. */
export const writtenRequest: fc.Arbitrary<
  Written & { readonly names: readonly string[] }
> = fc.tuple(
  fc.constantFrom<Escape>("default", "json"),
  fc.shuffledSubarray([...VARIABLES], { minLength: VARIABLES.length - 8 })
    .filter((names) => ["remote_addr", "status", "request"].every((name) => names.includes(name))),
).chain(([escape, names]) =>
  fc.tuple(...names.map((name) => anyValue(name, escape))).map((values) => ({
    format: `escape=${escape} '${names.map((name) => `"$${name}"`).join(" ")}'`,
    line: values.map((value) => `"${escapeValue(value, escape)}"`).join(" "),
    escape,
    names,
    values,
  }))
);
