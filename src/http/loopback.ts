/**
 * The server of the demo tailnet, which is to behave like a real one: the platform's own, on
 * loopback. What others can reach is opened by `server/listen.ts`.
 *
 * @module
 */

/** A server on 127.0.0.1, on a port that the system chooses. */
export function listenLoopback(
  handler: (request: Request) => Response | Promise<Response>,
): { readonly port: number; shutdown(): Promise<void> } {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: () => new Response("Internal Server Error\n", { status: 500 }),
  }, (request) => handler(request));
  return { port: server.addr.port, shutdown: () => server.shutdown() };
}
