/**
 * Ports for what cannot be told to take any.
 *
 * @module
 */

/**
 * Above the ports of laboratories, and below those that systems give to the near ends of
 * connections: such a connection of another test may take a port that was free a moment ago.
 */
const FIRST_PORT = 28_000;
const PORT_COUNT = 4_768;

/** A port of the loopback at which nothing listens, and that no connection takes meanwhile. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
