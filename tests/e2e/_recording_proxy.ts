/**
 * An HTTP proxy that keeps the request lines it gets: requests in absolute form and tunnels. Names
 * are not looked up: it knows where each one leads.
 *
 * @module
 */

/** The proxy; it listens until it is disposed of. */
export class RecordingProxy implements AsyncDisposable {
  /** The first line of every connection, "CONNECT localhost:4711 HTTP/1.1". */
  readonly lines: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work: Promise<void>[] = [];
  readonly #target: string;

  /**
   * Opens a port on the loopback.
   *
   * @param target Host and port that every name leads to.
   */
  constructor(target: string) {
    this.#target = target;
    this.#work.push(this.#accept());
  }

  /** Where it listens, "127.0.0.1:4711". */
  get host(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends connections and port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await Promise.allSettled(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.#work.push(this.#serve(client));
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#connections.add(client);
    const buffer = new Uint8Array(16 * 1024);
    const length = await client.read(buffer) ?? 0;
    const head = buffer.slice(0, length);
    const line = new TextDecoder().decode(head).split("\r\n")[0] ?? "";
    this.lines.push(line);
    const [hostname = "", port] = this.#target.split(":");
    const server = await Deno.connect({ hostname, port: Number(port) });
    this.#connections.add(server);
    if (line.startsWith("CONNECT ")) {
      await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    } else await server.write(head);
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
    this.#connections.delete(client);
    this.#connections.delete(server);
  }
}
