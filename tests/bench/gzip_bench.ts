/**
 * What a compressed page costs: our one member of segments, made and then kept, against the
 * platform's `CompressionStream`, and the levels of deflate against each other, on 8 MiB of lines
 * like those of `/metrics`.
 *
 * AMD EPYC, 2 vCPU shared with others, Deno 2.9.6, averages; trust ratios only:
 *
 * |                       | ms          | bytes     |
 * |-----------------------|-------------|-----------|
 * | CompressionStream     | 68          |   694,171 |
 * | GzipMember, new       | 18          |   738,490 |
 * | GzipMember, kept      | 0.0002      |   738,490 |
 * | deflate level 1       | 10          | 1,000,399 |
 * | deflate level 2       | 16          |   738,470 |
 * | deflate level 3       | 30          |   752,160 |
 * | deflate level 4       | 37          |   749,792 |
 * | deflate level 6       | 58          |   705,240 |
 *
 * Conclusion: the member takes a quarter of the platform stream's time for 6 % more bytes, and
 * level 2 is where more time stops buying fewer bytes.
 *
 * @module
 */

import { constants, deflateRawSync } from "node:zlib";
import { GzipMember } from "../../src/http/compress.ts";

const PIECES = 64;

const CHUNK_BYTES = 128 * 1024;

/** A page's lines in pieces of the size that `/metrics` sends. */
function makePieces(): readonly Uint8Array<ArrayBuffer>[] {
  const paths = ["direct_ipv4", "direct_ipv6", "derp", "peer_relay_ipv4", "peer_relay_ipv6"];
  const encoder = new TextEncoder();
  return Array.from({ length: PIECES }, (_, piece) => {
    let text = "";
    for (let line = 0; text.length < CHUNK_BYTES; line++) {
      const device = piece * 200 + Math.floor(line / paths.length);
      const value = (device * 2_654_435_761 + line * 40_503) % 10_000_000_000;
      text += `tailscaled_inbound_bytes_total{device_id="n${device}CNTRL",` +
        `device_name="device-${device}.tail1234.ts.net",path="${paths[line % 5]}"} ${value}\n`;
    }
    return encoder.encode(text).subarray(0, CHUNK_BYTES);
  });
}

const pieces = makePieces();

/** Reads a member to its end. */
function readMember(member: GzipMember): number {
  let size = 0;
  for (let index = 0, part = member.part(0); part !== undefined; part = member.part(++index)) {
    size += part.length;
  }
  return size;
}

async function readStream(): Promise<number> {
  const stream = ReadableStream.from(pieces).pipeThrough(new CompressionStream("gzip"));
  let size = 0;
  for await (const part of stream) size += part.length;
  return size;
}

function deflateAll(level: number): number {
  let size = 0;
  for (const piece of pieces) {
    size += deflateRawSync(piece, { level, finishFlush: constants.Z_FULL_FLUSH }).length;
  }
  return size;
}

const kept = new GzipMember(pieces);
const sizes = {
  member: readMember(kept),
  stream: await readStream(),
  levels: [1, 2, 3, 4, 6].map((level) => `${level}: ${deflateAll(level)}`).join(", "),
};
console.error(`bytes of ${PIECES * CHUNK_BYTES}: ${JSON.stringify(sizes)}`);

Deno.bench("CompressionStream", { group: "page", baseline: true }, async () => {
  await readStream();
});

Deno.bench("GzipMember, new", { group: "page" }, () => {
  readMember(new GzipMember(pieces));
});

Deno.bench("GzipMember, kept", { group: "page" }, () => {
  readMember(kept);
});

for (const level of [1, 2, 3, 4, 6]) {
  Deno.bench(
    `deflate in segments, level ${level}`,
    { group: "level", baseline: level === 2 },
    () => {
      deflateAll(level);
    },
  );
}
