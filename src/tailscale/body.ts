/**
 * Reads the body of an answer as text without ever holding more than a limit of it.
 *
 * @module
 */

/** What was read of a body. */
export interface BodyText {
  /** The text; bytes that are not UTF-8 are U+FFFD, a byte order mark is gone. */
  readonly text: string;
  /** Whether the body ended within the limit. */
  readonly isWhole: boolean;
}

/**
 * The body as text, at most `maxBytes` of it.
 *
 * Bytes are counted as they come out of decompression, so that a small gzip body that swells is
 * stopped like any other. The rest of a body that is too long is cancelled, which ends its
 * connection.
 *
 * Units: maxBytes in bytes after decompression
 *
 * @throws What the stream throws: the signal's reason, or a connection that broke.
 */
export async function readText(response: Response, maxBytes: number): Promise<BodyText> {
  if (response.body === null) return { text: "", isWhole: true };
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let byteCount = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    byteCount += chunk.byteLength;
    if (byteCount > maxBytes) {
      const excess = byteCount - maxBytes;
      parts.push(decoder.decode(chunk.subarray(0, chunk.byteLength - excess)));
      return { text: parts.join(""), isWhole: false };
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return { text: parts.join(""), isWhole: true };
}
