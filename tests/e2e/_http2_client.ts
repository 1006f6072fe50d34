/**
 * A client of HTTP/2 that does not know whether the server speaks it, allows no answer a single
 * byte, and reads nothing.
 *
 * Source: RFC 9113, 3.4, 6.2 and 6.5; RFC 7541, 6
 *
 * @module
 */

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = 4, HEADERS = 1;
/** END_STREAM and END_HEADERS. */
const WHOLE = 5;
/** SETTINGS_INITIAL_WINDOW_SIZE, 0. */
const NO_WINDOW = [0, 4, 0, 0, 0, 0];

function frame(type: number, flags: number, stream: number, payload: readonly number[]): number[] {
  const { length } = payload;
  return [length >> 16, length >> 8 & 255, length & 255, type, flags]
    .concat(stream >> 24, stream >> 16 & 255, stream >> 8 & 255, stream & 255, payload);
}

function text(value: string): number[] {
  return [value.length, ...new TextEncoder().encode(value)];
}

/**
 * Requests of a path at once, each with headers beyond those it needs, which cost
 * a byte each.
 */
export function unreadRequests(
  path: string,
  count: number,
  headers: number,
): Uint8Array<ArrayBuffer> {
  const all = [...new TextEncoder().encode(PREFACE), ...frame(SETTINGS, 0, 0, NO_WINDOW)];
  for (let at = 0; at < count; at++) {
    // GET and http by index, path and authority as literals
    const block = [0x82, 0x86, 0x04, ...text(path), 0x01, ...text("x")];
    // "a: b" into the table once for the connection, then by its index
    if (headers > 0) block.push(...at === 0 ? [0x40, ...text("a"), ...text("b")] : [0xbe]);
    for (let more = 1; more < headers; more++) block.push(0xbe);
    all.push(...frame(HEADERS, WHOLE, 2 * at + 1, block));
  }
  return new Uint8Array(all);
}
