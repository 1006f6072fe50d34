/**
 * The one place that opens a port for others. It knows no path and no setting: `server.ts` does.
 *
 * @module
 */

import { acceptAll } from "./_accept.ts";
import { createTls, type TlsKeys } from "./_tls.ts";
import { untilStopped } from "../../time/background.ts";
import { type Delay, delayQuietly } from "../../time/delay.ts";
import { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import { monotonicMs } from "../../time/clock.ts";
import type { Socket } from "./_socket.ts";
import type { Remote, RemotePeer } from "./remote.ts";

/** Where a server can be reached. */
export interface Address {
  /** The address it is bound to. */
  readonly hostname: string;
  /** The port; the one the system chose where 0 was asked for. */
  readonly port: number;
}

/** A connection that came in at a {@linkcode Port}; a `Deno.TcpConn` is one. */
export interface PortConnection extends Socket {
  /** The other end. */
  readonly remoteAddr: { readonly hostname: string; readonly port?: number };
  /** The node of the tailnet that connected, if the network tells. */
  readonly peer?: RemotePeer | undefined;
  /** Sends small pieces at once. */
  setNoDelay(): void;
}

/** Takes connections; a `Deno.TcpListener` is one. */
export interface Port {
  /** Where it is. */
  readonly addr: Address;
  /** The next connection. */
  accept(): Promise<PortConnection>;
  /** Takes no more. */
  close(): void;
}

/** Options for {@linkcode listen}. */
export interface ListenOptions {
  /** Answers a request. */
  readonly handler: (request: Request, remote: Remote) => Response | Promise<Response>;
  /** Opens the port. Default: one of the system's. */
  readonly openPort?: (() => Port) | undefined;
  /** The address to bind to. */
  readonly hostname: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /** Certificate chain and key as PEM texts; without them the server speaks plain HTTP. */
  readonly tls?: TlsKeys | undefined;
  /** Connections at once. Default: 512. */
  readonly maxConnections?: number;
  /** Hears of a handler that threw and of an answer that broke off; the client hears nothing. */
  readonly onError?: (error: unknown) => void;
  /** Hears that no connection can be taken, for lack of file descriptors, at each try. */
  readonly onRefused?: (error: unknown) => void;
  /** Hears the address whose connection was closed, or not taken, for want of room. */
  readonly onCrowded?: (address: string) => void;
  /** The wait between looks at the connections. Default: a timer. */
  readonly delay?: Delay;
  /** Monotonic clock in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/** An open port. */
export interface Listening {
  /** Where it is. */
  readonly address: Address;
  /** Resolves when the last connection has ended; rejects with what is a defect. */
  readonly finished: Promise<void>;
  /** Takes no more connections, and resolves when the answers on their way have ended. */
  shutdown(): Promise<void>;
}

/** Interval at which deadlines of connections are checked, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Tries whether certificate and key are any, and belong together, at a free port that is closed
 * again.
 *
 * @throws {Error} What the platform says, unchanged, if they are not, or there is no such address.
 */
export function probeTls(
  hostname: string,
  { cert, key }: TlsKeys,
): void {
  Deno.listenTls({ hostname, port: 0, cert, key }).close();
}

/**
 * Opens the port at once, and keeps it when there are no file descriptors for a while.
 *
 * @throws {Error} What the system says, unchanged, if the port cannot be had.
 */
export function listen(options: ListenOptions): Listening {
  const { handler, tls, onError, onRefused, delay = delayQuietly } = options;
  const { hostname, port, maxConnections, onCrowded, now = monotonicMs } = options;
  if (tls !== undefined) probeTls(hostname, tls);
  const secure = tls && createTls(tls);
  const listener: Port = options.openPort?.() ?? Deno.listen({ hostname, port });
  const stop = new AbortController();
  const connections = new Connections({ max: maxConnections, now, onCrowded });
  const serving = new Set<Promise<void>>();

  function take(socket: PortConnection): void {
    // An answer is written in pieces, of which a small one must not wait for an acknowledgement.
    try {
      socket.setNoDelay();
    } catch (error) {
      socket.close();
      throw error;
    }
    const work = connections.serve(
      new Connection(secure?.(socket) ?? socket, {
        hostname: socket.remoteAddr.hostname,
        port: socket.remoteAddr.port,
        isTls: tls !== undefined,
        handler: socket.peer === undefined
          ? handler
          : (request, remote) => handler(request, { ...remote, peer: socket.peer }),
        now,
        date: () => new Date().toUTCString(),
        onError,
        yieldTurn: () => connections.yieldTurn(),
        buffers: connections,
      }),
    );
    serving.add(work);
    work.finally(() => serving.delete(work));
  }

  async function look(): Promise<void> {
    for (;;) {
      await delay(LOOK_MS, stop.signal);
      connections.closeLate();
    }
  }

  const accepting = acceptAll({
    accept: () => listener.accept(),
    take,
    onRefused(error) {
      onRefused?.(error);
      connections.closeOne();
    },
    yieldTurn: () => connections.yieldTurn(),
    delay,
    stop: stop.signal,
  });
  const looking = untilStopped(look(), stop.signal);

  async function finish(): Promise<void> {
    await Promise.all([accepting, looking]);
    await Promise.all(serving);
  }

  const finished = finish();
  return {
    address: { hostname: listener.addr.hostname, port: listener.addr.port },
    finished,
    shutdown() {
      if (!stop.signal.aborted) {
        stop.abort();
        listener.close();
        connections.stop();
      }
      return finished;
    },
  };
}
