/**
 * Bodies that hurt by their nature: small ones that swell when they are unpacked, and endless slow
 * ones.
 *
 * @module
 */

import { constants, crc32, deflateRawSync } from "node:zlib";

const PIECE_BYTES = 1024 * 1024;

/** A gzip body of some megabytes of `text` once unpacked, a thousandth of that on the wire. */
export function gzipBomb(text: string, megabytes: number): Uint8Array<ArrayBuffer> {
  const piece = new TextEncoder().encode(text.repeat(Math.ceil(PIECE_BYTES / text.length)));
  const packed = deflateRawSync(piece, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const parts: Uint8Array<ArrayBuffer>[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255)];
  let crc = 0;
  for (let at = 0; at < megabytes; at++) {
    parts.push(new Uint8Array(packed));
    crc = crc32(piece, crc);
  }
  const end = new Uint8Array(10);
  end.set([0x03, 0x00]);
  const view = new DataView(end.buffer, 2);
  view.setUint32(0, crc, true);
  view.setUint32(4, (megabytes * piece.length) % 2 ** 32, true);
  parts.push(end);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The text, one byte a second. */
export function byteASecond(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    start(controller) {
      const send = () => {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, ++at));
        else {
          clearInterval(timer);
          controller.close();
        }
      };
      send();
      timer = setInterval(send, 1000);
    },
    cancel: () => clearInterval(timer),
  });
}
