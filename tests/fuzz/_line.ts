/**
 * Lines of access logs with one to three things changed, and what must hold for each of them: it is
 * read or refused with a reason, no text of it is longer than the bound, and it costs no other line
 * of its connection anything.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Frames, type Framing } from "../../src/access/frames.ts";
import { BAD_LINES, MAX_LINE, MAX_LINE_TEXT } from "../../src/access/line.ts";
import { LineReader } from "../../src/access/line_reader.ts";
import { readSyslog } from "../../src/access/syslog.ts";
import { Dice } from "./_dice.ts";

const LINES = [
  '100.64.0.1 - - [21/Oct/2025:14:32:15 +0000] "GET /a?b=c HTTP/1.1" 200 12 "-" "curl/8.5.0"',
  '100.64.0.1 - a b [21/Oct/2025:14:32:15 +0000] "GET / HTTP/1.1" 200 12 "-" "x" "1.2.3.4" 0.1',
  'fd7a:115c:a1e0::1 - - [21/Oct/2025:14:32:15 +0000] "GET / HTTP/1.1" 404',
  '{"remote_addr":"100.64.0.1","time_iso8601":"2025-10-21T14:32:15+00:00","request":"GET / ' +
  'HTTP/1.1","status":"200","body_bytes_sent":"12","request_time":"0.005"}',
  '<190>Oct 21 14:32:15 web shop: ::1 - - [21/Oct/2025:14:32:15 +0000] "GET / HTTP/1.1" 404 12',
  '<190>1 2025-10-21T14:32:15Z web shop 42 - [a@1 b="c"] ::1 - - [21/Oct/2025:14:32:15 +0000] ' +
  '"GET / HTTP/1.1" 404 12',
  '{"ts":1761057135.5,"request":{"remote_ip":"100.64.0.1","method":"GET","host":"a","uri":"/a",' +
  '"headers":{"User-Agent":["curl"]}},"duration":0.005,"size":12,"status":200}',
] as const;

/** Most lines stay readable with these. */
const MILD = ["", "0", "a", "/", "%20", "+"] as const;

const PIECES = [
  "",
  " ",
  '"',
  '" "',
  "\\",
  "\\x22",
  "\\u0000",
  "-",
  "[",
  "]",
  "{",
  "}",
  ":",
  ",",
  "null",
  "é😀",
  "\ud800",
  "\u0000",
  "\n",
  "9".repeat(400),
  "[".repeat(400),
  "9 <",
  "9999999 <190>",
  "<190>",
  "/".repeat(2_000),
  '{"request":{"headers":[]}}',
  "<script>alert(1)</script>",
] as const;

/** A line that no web server wrote, but one might. */
export function mutateLine(dice: Dice): string {
  let line: string = dice.of(LINES);
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.below(line.length + 1);
    const isMild = dice.below(5) > 0;
    const cut = isMild ? dice.below(2) : dice.below(20);
    line = line.slice(0, at) + dice.of(isMild ? MILD : PIECES) + line.slice(at + cut);
  }
  return line;
}

const auto = new LineReader();

const READERS = [
  auto,
  auto,
  auto,
  new LineReader({ format: "combined" }),
  new LineReader({ format: "json" }),
  new LineReader({ format: 'escape=none $remote_addr $status "$request"' }),
] as const;

const encoder = new TextEncoder();

/** The messages of a connection that sends a good line, this one and a good one again. */
function passOn(line: string, dice: Dice): readonly string[] {
  const messages: string[] = [];
  const frames = new Frames({
    maxBytes: MAX_LINE,
    onMessage: (text) => messages.push(text),
    onTooLong: () => {},
    framing: dice.of<Framing>(["auto", "lines"]),
  });
  const bytes = encoder.encode(`${LINES[0]}\n${line}\n${LINES[1]}\n`);
  const at = dice.below(bytes.length);
  frames.push(bytes.subarray(0, at));
  frames.push(bytes.subarray(at));
  frames.end();
  assertEquals([messages.shift(), messages.pop()], [LINES[0], LINES[1]]);
  return messages;
}

/** Whether a line was read; throws if something does not hold. */
function checkMessage(message: string, dice: Dice): boolean {
  const result = dice.of(READERS).read(readSyslog(message).text);
  if (typeof result === "string") {
    assert(BAD_LINES.includes(result), result);
    return false;
  }
  for (const [field, value] of Object.entries(result)) {
    if (typeof value === "string") assert(value.length <= MAX_LINE_TEXT, field);
    else if (value !== undefined) assertEquals(value >= 0 && value < Infinity, true, field);
  }
  return true;
}

/**
 * The case of a seed.
 *
 * @returns Whether the line was read.
 * @throws {Error} If something does not hold.
 */
export function checkLine(seed: number): boolean {
  const dice = new Dice(seed);
  const line = mutateLine(dice);
  // Its cost is that of ten lines.
  const messages = dice.below(10) === 0 ? passOn(line, dice) : [line];
  return messages.map((message) => checkMessage(message, dice)).includes(true);
}
