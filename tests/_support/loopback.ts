/**
 * Servers on loopback for tests of what runs over the platform's own `fetch`.
 *
 * @module
 */

/** A server that ends with the block that holds it: `await using`. */
export interface Loopback extends AsyncDisposable {
  /** Its address, with the path "/". */
  readonly url: URL;
}

/** An HTTP server on a free port. */
export function loopback(handler: (request: Request) => Response | Promise<Response>): Loopback {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, onError: failed };
  const server = Deno.serve(options, handler);
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/`),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function failed(): Response {
  return new Response("The test's own handler failed", { status: 500 });
}

/**
 * A server that knows no HTTP: reads a little, writes these bytes and then says nothing more.
 *
 * @param sent A word "close" at its end closes the connection; undefined writes nothing.
 */
export function rawLoopback(sent?: string): Loopback {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const isClosing = sent?.endsWith("close") ?? false;
  const bytes = new TextEncoder().encode(sent?.replace(/close$/, ""));
  const open = new Set<Deno.Conn>();
  let isDisposed = false;
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      try {
        await connection.read(new Uint8Array(16_384));
      } catch (error) {
        // A request that was accepted and given up at once is still being read then.
        if (isDisposed) return;
        throw error;
      }
      if (sent !== undefined) await connection.write(bytes);
      if (isClosing) {
        connection.close();
        open.delete(connection);
      }
    }
  })();
  return {
    url: new URL(`http://127.0.0.1:${listener.addr.port}/`),
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      listener.close();
      for (const connection of open) connection.close();
      await accepting;
    },
  };
}
