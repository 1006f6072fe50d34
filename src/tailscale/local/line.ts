/**
 * Lines of a stream of bytes, for a bus that never ends. A line that is too long is left out, so
 * that a map of the whole network on the bus costs neither memory nor the bus.
 *
 * @module
 */

import { ByteBuffer } from "../../json/byte_buffer.ts";

const LINE_FEED = 0x0a;

/**
 * The lines without their ends; blank ones are left out, as is an unfinished one at the end.
 *
 * @param maxBytes A longer line is left out.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const held = new ByteBuffer(maxBytes);
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, from);
      held.append(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) break;
      from = end + 1;
      const { isOver } = held;
      const bytes = held.take();
      const line = isOver ? "" : decoder.decode(bytes).trim();
      if (line !== "") yield line;
    }
  }
}
