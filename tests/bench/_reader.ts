/**
 * A reader in a thread of its own, as plain as can be: asks for a path over a connection and throws
 * away what comes. Started by `serve_bench.ts`.
 *
 * @module
 */

/** What a reader is asked to do. */
export interface ReadRequest {
  /** The server's port. */
  readonly port: number;
  /** What it takes: "gzip" or "identity". */
  readonly encoding: string;
}

const self = globalThis as unknown as {
  onmessage: (event: MessageEvent<ReadRequest>) => void;
  postMessage(bytes: number): void;
};

const buffer = new Uint8Array(1024 * 1024);

/** Reads to the end; how many bytes came, the head included. */
async function read({ port, encoding }: ReadRequest): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
    `Accept-Encoding: ${encoding}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  let total = 0;
  for (let got = 0; got !== null; got = await connection.read(buffer) as number) total += got;
  return total;
}

self.onmessage = async ({ data }) => self.postMessage(await read(data));
