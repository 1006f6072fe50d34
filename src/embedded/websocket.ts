/**
 * A WebSocket client, as much of one as Tailscale's Go code uses, over a connection with
 * TCP_NODELAY. Deno's own WebSocket leaves Nagle's algorithm on, which costs 40 ms whenever two
 * small packets follow each other, and takes no CA certificates.
 *
 * @module
 */

import {
  type ByteSource,
  encodeFrame,
  FrameReader,
  joinBytes,
  MAX_MESSAGE_BYTES,
} from "./_frame.ts";

/** A connection; `Deno.TcpConn` and `Deno.TlsConn` are some. */
export interface ByteConnection extends ByteSource {
  /** Writes some of the bytes; tells how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes it. */
  close(): void;
}

/** What {@linkcode NoDelayWebSocket} is told. */
export interface WebSocketOptions {
  /** Opens a connection to a `ws:` or `wss:` URL. */
  readonly connect: (url: URL) => Promise<ByteConnection>;
  /** Calls back after some milliseconds. Default: `setTimeout`. */
  readonly after?: (ms: number, callback: () => void) => void;
}

/** Hears an event of the WebSocket. */
export type Listener = (event: Readonly<Record<string, unknown>>) => void;

/** Frame types. */
const BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
/** The states of the WebSocket interface. */
const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;
/** Bytes that may wait for a slow network before the connection is given up. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
/** What each further fragment of a message adds to its length: empty ones take memory, too. */
const FRAGMENT_BYTES = 64;
/** Maximum number of bytes of joined messages, so that one event is not long. */
const MAX_JOINED_BYTES = 32 * 1024;
/** Time for a farewell to be sent, in milliseconds. */
const FAREWELL_MS = 50;

const ENCODER = new TextEncoder();

/** The code of a connection that was closed on purpose. */
const NORMAL_CLOSURE = 1000;

/** The part of the WebSocket interface that `websocket.go` of `tools/tsnet` uses. */
export class NoDelayWebSocket {
  /** The subprotocol that the server chose. */
  protocol = "";
  /** The state by the number of the WebSocket interface. */
  readyState: number = CONNECTING;
  readonly #options: WebSocketOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  #connection: ByteConnection | undefined;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  #flushing: Promise<void> | undefined;
  #arrived: Uint8Array<ArrayBuffer>[] = [];
  #arrivedBytes = 0;

  /** Connects; events tell how it went. */
  constructor(options: WebSocketOptions, url: URL, protocols: readonly string[] = []) {
    this.#options = options;
    this.#run(url, protocols).catch((error) => {
      this.#end(1006, String(error), false);
    });
  }

  /** Adds a listener. */
  addEventListener(type: string, listener: Listener): void {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined) this.#listeners.set(type, new Set([listener]));
    else listeners.add(listener);
  }

  /**
   * Sends a binary message.
   *
   * @throws {DOMException} If the socket is not open.
   */
  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== OPEN) {
      throw new DOMException("The socket is not open", "InvalidStateError");
    }
    this.#send(BINARY, data);
  }

  /** Closes the socket. */
  close(): void {
    if (this.readyState >= CLOSING) return;
    const wasOpen = this.readyState === OPEN;
    if (wasOpen) this.#send(CLOSE, new Uint8Array([NORMAL_CLOSURE >> 8, NORMAL_CLOSURE & 255]));
    // The queue may have been too long, which ends the connection.
    if (this.readyState >= CLOSED) return;
    this.readyState = CLOSING;
    const { after = defaultAfter } = this.#options;
    after(wasOpen ? FAREWELL_MS : 0, () => this.#end(NORMAL_CLOSURE, "", wasOpen));
  }

  async #run(url: URL, protocols: readonly string[]): Promise<void> {
    const connection = await this.#options.connect(url);
    if (this.readyState !== CONNECTING) return connection.close();
    this.#connection = connection;
    const reader = new FrameReader(connection);
    this.protocol = await shakeHands(connection, reader, url, protocols);
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.#emit("open", {});
    await this.#receive(reader);
  }

  async #receive(reader: FrameReader): Promise<void> {
    let parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (;;) {
      let frame = reader.takeFrame();
      if (frame === undefined) {
        this.#deliver();
        frame = await reader.readFrame();
      }
      const { isLast, op, payload } = frame;
      if (op === CLOSE) return await this.#farewell(payload);
      if (op === PING) this.#send(PONG, payload);
      if (op === PING || op === PONG) continue;
      // A text has no place in the stream of bytes that both users read.
      if (op !== 0 && op !== BINARY) throw new SyntaxError(`Unexpected frame type ${op}`);
      if ((op === 0) !== parts.length > 0) throw new SyntaxError("Fragments are out of order");
      size += payload.length;
      if (size + FRAGMENT_BYTES * parts.length > MAX_MESSAGE_BYTES) {
        throw new RangeError("A message is too long");
      }
      // A piece waits for the others, while the buffer is filled anew.
      parts.push(isLast ? payload : payload.slice());
      if (!isLast) continue;
      const whole = parts.length === 1 ? payload : joinBytes(parts, size);
      if (this.#arrivedBytes + size > MAX_JOINED_BYTES) this.#deliver();
      this.#arrived.push(whole);
      this.#arrivedBytes += size;
      parts = [];
      size = 0;
    }
  }

  /**
   * Hands the binary messages that arrived together over as one: both users read a stream, and each
   * event costs Go a turn of its scheduler.
   */
  #deliver(): void {
    if (this.#arrived.length === 0 || this.readyState === CLOSED) return;
    const data = joinBytes(this.#arrived, this.#arrivedBytes).buffer;
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.#emit("message", { data });
  }

  async #farewell(payload: Uint8Array): Promise<void> {
    const reason = new TextDecoder().decode(payload.subarray(2));
    const [high = 0, low = 0] = payload;
    const code = payload.length >= 2 ? high << 8 | low : 1005;
    this.#deliver();
    if (this.readyState === OPEN) this.#send(CLOSE, payload.slice(0, 2));
    const { after = defaultAfter } = this.#options;
    const waited = new Promise<void>((resolve) => after(FAREWELL_MS, resolve));
    await Promise.race([this.#flush(), waited]);
    this.#end(code, reason, true);
  }

  #send(op: number, payload: Uint8Array): void {
    const frame = encodeFrame(op, payload);
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) {
      this.#end(1006, "the network does not take what is sent", false);
    } else this.#flush();
  }

  /** Writes what is queued, and what comes meanwhile. */
  #flush(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return Promise.resolve();
    return this.#flushing ??= this.#writeQueue(connection);
  }

  async #writeQueue(connection: ByteConnection): Promise<void> {
    try {
      // The frames of one turn go into one write.
      await undefined;
      while (this.#queue.length > 0) {
        const bytes = joinBytes(this.#queue, this.#queuedBytes);
        this.#queue = [];
        this.#queuedBytes = 0;
        await writeAll(connection, bytes);
      }
    } catch (error) {
      this.#end(1006, String(error), false);
    } finally {
      // In the turn that found the queue empty: a later frame needs another run.
      this.#flushing = undefined;
    }
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#queue = [];
    try {
      this.#connection?.close();
    } catch {
      // It is closed already.
    }
    this.#emit("close", { code, reason, wasClean });
  }

  #emit(type: string, event: Readonly<Record<string, unknown>>): void {
    for (const listener of [...this.#listeners.get(type) ?? []]) listener(event);
  }
}

function defaultAfter(ms: number, callback: () => void): void {
  setTimeout(callback, ms);
}

/**
 * Asks the server for a WebSocket.
 *
 * @returns The subprotocol that it chose; "" for none.
 */
async function shakeHands(
  connection: ByteConnection,
  reader: FrameReader,
  url: URL,
  protocols: readonly string[],
): Promise<string> {
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols.join(", ")}`],
  ];
  await writeAll(connection, ENCODER.encode(`${lines.join("\r\n")}\r\n\r\n`));
  const head = await reader.readHead();
  if (!/^HTTP\/1\.1 101 /.test(head)) {
    throw new Error(`No WebSocket at ${url.host}: ${head.split("\r\n", 1)[0]?.slice(0, 100)}`);
  }
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(\\S+)`, "im").exec(head)?.[1];
  const accepted = ENCODER.encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", accepted));
  if (field("sec-websocket-accept") !== digest.toBase64()) {
    throw new Error(`No WebSocket at ${url.host}: the answer is to another request`);
  }
  return field("sec-websocket-protocol") ?? "";
}

async function writeAll(connection: ByteConnection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
