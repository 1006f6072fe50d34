/**
 * Takes the header of syslog off a message. What has no such header is a line as it is, so that
 * senders of plain lines need no other port.
 *
 * Source: RFC 3164, RFC 5424
 *
 * @module
 */

import { copyText } from "./line.ts";

/** A message without its header. */
export interface SyslogMessage {
  /** What was logged. */
  readonly text: string;
  /** The program that logged it, nginx' parameter `tag`; undefined if the header names none. */
  readonly tag: string | undefined;
}

/** The tag that nginx writes unless one is configured; it names no service. */
const NGINX_TAG = "nginx";

/** A header of RFC 5424 up to its structured data: PRI and version, time, and four names. */
const HEADER_5424 = /^<\d{1,3}>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const PRIORITY = /^<\d{1,3}>/;
/** "Oct 21 14:32:15 ", a day below 10 with a blank before it, or the time of RFC 3339. */
const TIME_3164 =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d)) /;
/** A tag with or without a process id. nginx permits letters, digits and `_`; others write more. */
const TAG = /^([\w.\/-]{1,48})(?:\[\w{1,16}\])?: ?/;
const HOST = /^(?!\S*: )\S{1,255} /;

/** A message without its header, if it has one. Never throws. */
export function readSyslog(message: string): SyslogMessage {
  const priority = PRIORITY.exec(message)?.[0];
  if (priority === undefined) return { text: trimEnd(message), tag: undefined };
  const newer = HEADER_5424.exec(message);
  if (newer !== null) {
    const [header, , , app] = newer;
    const text = skipData(message, header.length);
    if (text !== undefined) return { text: trimEnd(text), tag: serviceOf(app) };
  }
  let at = priority.length;
  at += TIME_3164.exec(message.slice(at, at + 64))?.[0].length ?? 0;
  let tag = TAG.exec(message.slice(at, at + 128));
  if (tag === null) {
    const host = HOST.exec(message.slice(at, at + 260))?.[0] ?? "";
    tag = TAG.exec(message.slice(at + host.length, at + host.length + 128));
    // Without a tag the first word belongs to what was logged.
    if (tag !== null) at += host.length;
  }
  at += tag?.[0].length ?? 0;
  return { text: trimEnd(message.slice(at)), tag: serviceOf(tag?.[1]) };
}

function serviceOf(tag: string | undefined): string | undefined {
  return tag === undefined || tag === "-" || tag === NGINX_TAG ? undefined : copyText(tag);
}

/** What follows structured data and a byte order mark; undefined if the data does not end. */
function skipData(message: string, start: number): string | undefined {
  let at = start;
  if (message[at] === "-") at++;
  else {
    while (message[at] === "[") {
      let isQuoted = false;
      for (at++; at < message.length; at++) {
        const character = message[at];
        if (character === "\\" && isQuoted) at++;
        else if (character === '"') isQuoted = !isQuoted;
        else if (character === "]" && !isQuoted) break;
      }
      if (message[at++] !== "]") return undefined;
    }
    if (at === start) return undefined;
  }
  if (at < message.length && message[at] !== " ") return undefined;
  return message.slice(at + 1).replace(/^\ufeff/, "");
}

/** Without the line feed that some senders add. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return text.slice(0, end);
}
