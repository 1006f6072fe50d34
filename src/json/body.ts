/**
 * Reads the body of an answer, as bytes or text, without ever holding more than a limit of it.
 *
 * @module
 */

/** How much is told of a body that is too long; a message quotes less. */
export const MAX_BEGINNING = 4096;

/** A body is longer than it may be. */
export class BodyLimitError extends RangeError {
  /** The limit. */
  readonly maxBytes: number;

  /** The error for a limit in bytes. */
  constructor(maxBytes: number) {
    super(`Larger than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/**
 * The chunks of a body, for a reader that takes them as they arrive.
 *
 * Bytes are counted as they come out of decompression. A reader that stops early cancels the
 * stream, and so does a body that is too long.
 *
 * Units: maxBytes in bytes after decompression
 *
 * @throws {BodyLimitError} If there are more than `maxBytes`.
 * @throws What the stream throws.
 */
export async function* readChunks(
  response: Response,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  let byteCount = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body ?? []) {
    byteCount += chunk.byteLength;
    if (byteCount > maxBytes) throw new BodyLimitError(maxBytes);
    yield chunk;
  }
}

/** All chunks as one text; bytes that are not UTF-8 are U+FFFD, a byte order mark is gone. */
export async function joinText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of chunks) parts.push(decoder.decode(chunk, { stream: true }));
  return parts.join("") + decoder.decode();
}

/**
 * The body as text if it has at most `maxBytes`, else the first {@linkcode MAX_BEGINNING}
 * characters. Bytes that are not UTF-8 are U+FFFD, a byte order mark is gone.
 *
 * Bytes are counted as they come out of decompression, so that a small gzip body that swells is
 * stopped like any other. The rest of a body that is too long is cancelled, which ends its
 * connection.
 *
 * Units: maxBytes in bytes after decompression
 *
 * @throws What the stream throws: the signal's reason, or a connection that broke.
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let byteCount = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    byteCount += chunk.byteLength;
    if (byteCount > maxBytes) {
      parts.push(decoder.decode(chunk.subarray(0, MAX_BEGINNING)));
      return beginning(parts, Math.min(maxBytes, MAX_BEGINNING));
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

/** What came so far may be as large as the limit: joined, it would be held twice. */
function beginning(parts: readonly string[], length: number): string {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length >= length) break;
  }
  return text.slice(0, length);
}
