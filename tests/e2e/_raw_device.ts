/**
 * Devices on the loopback that write whatever bytes a test gives them: what no HTTP server can be
 * made to send. Each is an address of its own, 127.0.1.1 and up, at one port.
 *
 * @module
 */

/** Writes an answer, or whatever else it likes. */
export type RawAnswer = (connection: Deno.TcpConn) => Promise<void>;

/** The devices; they listen until they are disposed of. */
export class RawDevices implements AsyncDisposable {
  /** What the device of that number does; it may be changed at any time. */
  readonly answers: Map<number, RawAnswer> = new Map();
  readonly #listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>[] = [];
  readonly #tries = new Map<number, number>();

  /** Opens the port. */
  constructor() {
    this.#work.push(this.#accept());
  }

  /** The port of all devices. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** How often a device was asked. */
  tries(number: number): number {
    return this.#tries.get(number) ?? 0;
  }

  /** Ends connections and port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) end(connection);
    await Promise.allSettled(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#work.push(this.#answer(connection));
  }

  async #answer(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    const number = Number(connection.localAddr.hostname.split(".")[3]);
    this.#tries.set(number, this.tries(number) + 1);
    try {
      // less than a request has: what stays unread makes the system send a reset at the end
      const request = new Uint8Array(16);
      await connection.read(request);
      await this.answers.get(number)?.(connection);
    } catch {
      // The program has hung up, which is what it should do with most of these.
    }
    end(connection);
  }
}

/** Writes text or bytes to their end. */
export async function write(connection: Deno.TcpConn, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads what is left of the request, so that the end of the connection is no reset. */
export async function drain(connection: Deno.TcpConn): Promise<void> {
  await connection.read(new Uint8Array(4096));
}

function end(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
