/**
 * A TCP relay in front of a fake that can break a connection as a crashing host does: with a reset
 * in the middle of a body. HTTP servers cannot be made to do that.
 *
 * @module
 */

const HALF = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5000\r\n\r\n# half";

/** The relay; it listens until it is disposed of. */
export class Front implements AsyncDisposable {
  /** Connections whose first line matches are reset; none while undefined. */
  resets: RegExp | undefined;
  /** How many were. */
  resetCount = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>[] = [];
  readonly #port: number;

  /**
   * Opens a port on the loopback.
   *
   * @param host Where connections lead, "127.0.0.1:4711".
   */
  constructor(host: string) {
    this.#port = Number(host.split(":")[1]);
    this.#work.push(this.#accept());
  }

  /** Where it listens, "127.0.0.1:4711". */
  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends all connections there are, so that the next request needs a new one. */
  hangUp(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  /** Ends connections and port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.hangUp();
    await Promise.allSettled(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#work.push(this.#relay(client));
  }

  async #relay(client: Deno.TcpConn): Promise<void> {
    this.#connections.add(client);
    // What stays unread when the socket is closed makes the system send a reset.
    const start = new Uint8Array(64);
    const length = await client.read(start) ?? 0;
    const line = new TextDecoder().decode(start.subarray(0, length)).split("\r\n")[0] ?? "";
    if (this.resets?.test(line)) {
      this.resetCount++;
      await client.write(new TextEncoder().encode(HALF));
      return close(client);
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    this.#connections.add(server);
    await server.write(start.subarray(0, length));
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    // The peer was first.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
