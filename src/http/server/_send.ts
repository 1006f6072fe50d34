/**
 * An answer, written to a connection: the head, then the body piece by piece, none of it copied
 * but to save a small one a write of its own.
 *
 * @module
 */

import type { Socket } from "./_socket.ts";
import { Reply, StreamReply } from "../reply.ts";

/** How an answer is written. */
export interface SendOptions {
  /** Whether the request was HEAD: the body is left out, its headers are not. */
  readonly isHead: boolean;
  /** Whether the client speaks HTTP/1.0 and reads no chunks. */
  readonly isOld: boolean;
  /** Whether the connection stays open afterwards; said in the head. */
  readonly isKeptOpen: boolean;
  /** The time for the `Date` header. */
  readonly date: string;
  /** Called before each write, which may wait for the reader, and when it goes on waiting. */
  readonly onWrite: () => void;
  /** Called when the system took some bytes. */
  readonly onProgress: () => void;
  /** Aborted when the client has gone: a body that waits for something to send is cancelled. */
  readonly gone?: AbortSignal;
}

/** Bodies up to this size go out together with their head. */
const JOINED_BYTES = 16 * 1024;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  411: "Length Required",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

const encoder = new TextEncoder();

/** A body broke off; its error is the cause, the connection is of no more use. */
export class BrokenBodyError extends Error {}

/** What is known of a body before the head goes out. */
interface Framing {
  /** Bytes of the body, if the response does not say so itself. */
  readonly length?: number | undefined;
  /** Whether the body is sent in chunks. */
  readonly isChunked?: boolean;
  /** Whether the connection stays open afterwards. */
  readonly isKeptOpen: boolean;
}

/**
 * Writes the answer to its end.
 *
 * @returns Whether another request may be read from the connection.
 * @throws {BrokenBodyError} If the body failed.
 * @throws {Error} If the peer went away, or the socket was closed here.
 */
export async function sendAnswer(
  socket: Socket,
  response: Response,
  options: SendOptions,
): Promise<boolean> {
  const { isHead, isKeptOpen } = options;
  if (!isHead && response instanceof Reply && response.content.length <= JOINED_BYTES) {
    const head = headOf(response, options, { isKeptOpen });
    await writeAll(socket, joined(head, response.content), options);
    return isKeptOpen;
  }
  const { body, status } = response;
  if (isHead || body === null || status === 304) {
    await body?.cancel();
    const hasLength = !isHead && status !== 204 && status !== 304;
    const length = hasLength ? 0 : undefined;
    await writeAll(socket, headOf(response, options, { length, isKeptOpen }), options);
    return isKeptOpen;
  }
  const reader = body.getReader();
  let failure: { readonly error: unknown } | undefined;
  // A body may fail while a write waits for a peer that reads nothing: the close ends that write.
  reader.closed.catch((error) => {
    failure = { error };
    socket.close();
  });
  options.gone?.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  try {
    if (response instanceof StreamReply) return await sendStream(socket, reader, response, options);
    return await sendBody(socket, reader, response, options);
  } catch (error) {
    // Ends what the body keeps for this reader; of no effect where it was the body that failed.
    await reader.cancel(error).catch(() => {});
    if (failure === undefined) throw error;
    throw new BrokenBodyError("Cannot send a body to its end", { cause: failure.error });
  }
}

async function sendBody(
  socket: Socket,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  response: Response,
  options: SendOptions,
): Promise<boolean> {
  const { isOld } = options;
  const isMeasured = response.headers.has("content-length");
  const first = await reader.read();
  // A body in one piece has a length, whether it says so or not.
  let next = isMeasured || first.done ? first : await reader.read();
  const length = isMeasured || !next.done ? undefined : first.value?.length ?? 0;
  const isChunked = !isMeasured && length === undefined && !isOld;
  const isKeptOpen = options.isKeptOpen && (isMeasured || length !== undefined || isChunked);
  await writeAll(socket, headOf(response, options, { length, isChunked, isKeptOpen }), options);

  let ending = "";
  async function sendPiece(piece: Uint8Array): Promise<void> {
    if (piece.length === 0) return;
    if (isChunked) {
      const size = encoder.encode(`${ending}${piece.length.toString(16)}\r\n`);
      await writeAll(socket, size, options);
      ending = "\r\n";
    }
    await writeAll(socket, piece, options);
  }

  if (next !== first && first.value !== undefined) await sendPiece(first.value);
  for (; !next.done; next = await reader.read()) await sendPiece(next.value);
  if (isChunked) await writeAll(socket, encoder.encode(`${ending}0\r\n\r\n`), options);
  return isKeptOpen;
}

/** Each piece in one write with its frame, so that no reader waits for the end of a chunk. */
async function sendStream(
  socket: Socket,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  response: Response,
  options: SendOptions,
): Promise<false> {
  await writeAll(
    socket,
    headOf(response, options, { isChunked: !options.isOld, isKeptOpen: false }),
    options,
  );
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const size = encoder.encode(`${value.length.toString(16)}\r\n`);
    const end = encoder.encode("\r\n");
    const piece = options.isOld ? value : joined(joined(size, value), end);
    await writeAll(socket, piece, options);
  }
  if (!options.isOld) await writeAll(socket, encoder.encode("0\r\n\r\n"), options);
  return false;
}

function headOf(
  { status, headers }: Response,
  { isOld, date }: SendOptions,
  { length, isChunked = false, isKeptOpen }: Framing,
): Uint8Array {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? "Status"}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  if (length !== undefined && !headers.has("content-length")) {
    text += `content-length: ${length}\r\n`;
  }
  if (isChunked) text += "transfer-encoding: chunked\r\n";
  if (!isKeptOpen) text += "connection: close\r\n";
  else if (isOld) text += "connection: keep-alive\r\n";
  return encoder.encode(`${text}date: ${date}\r\n\r\n`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

async function writeAll(
  socket: Socket,
  bytes: Uint8Array,
  { onProgress, onWrite }: Pick<SendOptions, "onProgress" | "onWrite">,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    onWrite();
    at += await socket.write(at === 0 ? bytes : bytes.subarray(at), onWrite);
    onProgress();
  }
}
