/**
 * Opens the port for access logs, UDP and TCP of the same number, and hands what arrives to the
 * queues. A datagram is dropped when its queue is full; a TCP sender is made to wait.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import { bracketed } from "../cidr.ts";
import { describeError } from "../errors.ts";
import { Frames } from "./frames.ts";
import { MAX_LINE } from "./line.ts";
import type { LineQueue } from "./line_queue.ts";

/** Options for {@linkcode openSyslogPort}. */
export interface SyslogPortOptions {
  /** The address to bind to. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** Takes the messages of connections, which wait where it is crowded. */
  readonly queue: Pick<LineQueue, "push" | "isCrowded" | "drained">;
  /** Takes those of datagrams, which are dropped where it is full. */
  readonly datagrams: Pick<LineQueue, "push">;
  /** Hears of a message that is too long, and of which nothing is taken. */
  readonly onTooLong: () => void;
  /** Hears that no connection can be taken, or that the UDP port fails. */
  readonly onFailure: (error: unknown) => void;
  /** Waits before the next try to take a connection. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Lets other work run. */
  readonly nextTurn: () => Promise<void>;
  /**
   * Maximum number of TCP connections; for one more, the longest silent one is closed. Default: 64.
   */
  readonly maxConnections?: number;
}

/** An open port. */
export interface SyslogPort extends AsyncDisposable {
  /** Where it is. */
  readonly address: { readonly hostname: string; readonly port: number };
}

/** Bytes that are read of a connection before other work has its turn. */
const TURN_BYTES = 1024 * 1024;

/** What a message counts for beside its bytes: a flood of short ones costs the more. */
const MESSAGE_BYTES = 128;
const READ_BYTES = 64 * 1024;

/** Wait after a connection could not be taken, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * Opens both ports.
 *
 * @throws {Error} If one cannot be had: says why and names the setting.
 */
export async function openSyslogPort(options: SyslogPortOptions): Promise<SyslogPort> {
  const { hostname } = options;
  const tcp = explaining(options, () => Deno.listen({ hostname, port: options.port }));
  const { port } = tcp.addr;
  try {
    const udp = await bindUdp(options, port);
    return new Port(tcp, udp, options);
  } catch (error) {
    tcp.close();
    throw error;
  }
}

class Port implements SyslogPort {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly #tcp: Deno.TcpListener;
  readonly #udp: Socket;
  readonly #options: SyslogPortOptions;
  readonly #stop = new AbortController();
  /** Each connection, the longest silent one first. */
  readonly #open = new Map<Deno.TcpConn, Promise<void>>();
  readonly #accepting: Promise<void>;

  constructor(tcp: Deno.TcpListener, udp: Socket, options: SyslogPortOptions) {
    this.#tcp = tcp;
    this.#udp = udp;
    this.#options = options;
    this.address = { hostname: tcp.addr.hostname, port: tcp.addr.port };
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    udp.on("message", (bytes) => {
      if (bytes.length > MAX_LINE) options.onTooLong();
      else options.datagrams.push(decoder.decode(bytes));
    });
    udp.on("error", options.onFailure);
    this.#accepting = this.#acceptAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#tcp.close();
    for (const connection of this.#open.keys()) close(connection);
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
      this.#accepting,
      ...this.#open.values(),
    ]);
  }

  async #acceptAll(): Promise<void> {
    const { delay, maxConnections = 64, onFailure } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const connection = await this.#tcp.accept();
        const [oldest] = this.#open;
        if (this.#open.size >= maxConnections && oldest !== undefined) {
          close(oldest[0]);
          // It ends late if it waits for the queue, and would not count any more.
          await oldest[1];
        }
        // This one came while the others were closed.
        if (signal.aborted) return close(connection);
        const reading = this.#readAll(connection).finally(() => this.#open.delete(connection));
        this.#open.set(connection, reading);
      } catch (error) {
        if (signal.aborted) return;
        onFailure(error);
        await delay(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  /** Reads a connection to its end; never rejects. */
  async #readAll(connection: Deno.TcpConn): Promise<void> {
    const { nextTurn, onTooLong, queue } = this.#options;
    let sinceTurn = 0;
    const frames = new Frames({
      maxBytes: MAX_LINE,
      onMessage(text) {
        sinceTurn += MESSAGE_BYTES;
        queue.push(text);
      },
      onEmpty: () => void (sinceTurn += MESSAGE_BYTES),
      onTooLong,
    });
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) break;
        frames.push(buffer.subarray(0, count));
        this.#touch(connection);
        while (queue.isCrowded && !this.#stop.signal.aborted) await queue.drained();
        sinceTurn += count;
        if (sinceTurn < TURN_BYTES) continue;
        sinceTurn = 0;
        await nextTurn();
      }
      frames.end();
    } catch {
      // The sender went away, or the connection was closed here.
    } finally {
      close(connection);
    }
  }

  /** Moves a connection to the end of those that may be closed for another. */
  #touch(connection: Deno.TcpConn): void {
    const reading = this.#open.get(connection);
    if (reading === undefined) return;
    this.#open.delete(connection);
    this.#open.set(connection, reading);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}

function bindUdp(options: SyslogPortOptions, port: number): Promise<Socket> {
  const { hostname } = options;
  // Without `recvBufferSize`: the platform would allocate a buffer of that size for each datagram,
  // which takes twenty times as long.
  const udp = createSocket(hostname.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      udp.close();
      reject(cannotListen({ hostname, port }, cause));
    };
    udp.once("error", fail);
    udp.bind(port, hostname, () => {
      udp.off("error", fail);
      resolve(udp);
    });
  });
}

function explaining<T>(place: Pick<SyslogPortOptions, "hostname" | "port">, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    throw cannotListen(place, cause);
  }
}

function cannotListen(
  { hostname, port }: Pick<SyslogPortOptions, "hostname" | "port">,
  cause: unknown,
): Error {
  const place = `${bracketed(hostname)}:${port}`;
  return new Error(
    `Cannot listen for access logs on ${place}: ${describeError(cause)}; look at ACCESS_LISTEN`,
    { cause },
  );
}
