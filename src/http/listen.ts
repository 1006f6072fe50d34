/**
 * The one place that opens a port for HTTP. It knows no path and no setting: `serve.ts` does, and
 * the demo tailnet is handed {@linkcode listenLoopback}.
 *
 * @module
 */

import { keepOpen, type Opened } from "./reopen.ts";

/** Where a server can be reached. */
export interface Address {
  /** The address it is bound to. */
  readonly hostname: string;
  /** The port; the one the system chose where 0 was asked for. */
  readonly port: number;
}

/** The other end of a connection. */
export interface Peer {
  /** Its address. */
  readonly hostname: string;
  /**
   * Settles when the answer has been handed to the system as a whole, or the connection is gone. It
   * may never do so: an answer that broke off waits for its reader like any other.
   */
  completed(): Promise<void>;
}

/** What {@linkcode listen} is told. */
export interface ListenOptions {
  /** Answers a request. */
  readonly handler: (request: Request, peer: Peer) => Response | Promise<Response>;
  /** The address to bind to. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** Certificate chain and key as PEM texts; without them the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Hears of a handler that threw and of an answer that broke off; the client hears nothing. */
  readonly onError?: (error: unknown) => void;
  /** Hears that the port was lost, for lack of file descriptors; it is opened again. */
  readonly onLost?: (error: unknown) => void;
}

/** An open port. */
export interface Listening {
  /** Where it is. */
  readonly address: Address;
  /** Resolves when the last connection has ended. */
  readonly finished: Promise<void>;
  /** Takes no more connections, and resolves when the answers on their way have ended. */
  shutdown(): Promise<void>;
}

/**
 * Opens the port at once, and again whenever it is lost.
 *
 * @throws {Error} What the system says, unchanged, if the port cannot be had.
 */
export function listen(options: ListenOptions): Listening {
  return keepOpen({
    open: (port = options.port) => open({ ...options, port }),
    onLost: options.onLost,
  });
}

function open({ handler, hostname, port, tls, onError }: ListenOptions): Opened {
  const server = Deno.serve({
    hostname,
    port,
    ...tls,
    onListen: () => {},
    onError: (error) => {
      onError?.(error);
      return new Response("Internal Server Error\n", { status: 500 });
    },
  }, (request, info) => {
    const { hostname } = info.remoteAddr;
    return handler(request, { hostname, completed: () => info.completed });
  });
  return {
    address: { hostname: server.addr.hostname, port: server.addr.port },
    finished: server.finished,
    shutdown: () => server.shutdown(),
  };
}

/** A server on 127.0.0.1, on a port that the system chooses; nobody else's machine can reach it. */
export function listenLoopback(
  handler: (request: Request) => Response | Promise<Response>,
): { readonly port: number; shutdown(): Promise<void> } {
  const { address, shutdown } = listen({ handler, hostname: "127.0.0.1", port: 0 });
  return { port: address.port, shutdown };
}
