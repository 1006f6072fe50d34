/**
 * The white space of HTTP: blanks and tabs, and nothing of what else Unicode calls so. A value that
 * is trimmed of more than that reads differently here than for a proxy in between, and two readings
 * of one `Content-Length` are how answers get mixed up on a kept connection.
 *
 * @module
 */

/**
 * A header's value, or a part of one, without blanks and tabs around it. No regular expression: one
 * that looks for blanks before the end takes quadratic time for many of them elsewhere.
 *
 * Source: RFC 9110, 5.6.3 (OWS)
 */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
