/**
 * A port that stays open. When the process has no file descriptor left for a connection, the
 * platform's server ends for good: its `finished` rejects, and nobody listens any more. Here the
 * port is opened again as soon as that is possible. Opens nothing itself.
 *
 * @module
 */

import { delayQuietly } from "./_delay.ts";

/** A server that may end by itself. */
export interface Opened {
  /** Where it is. */
  readonly address: { readonly hostname: string; readonly port: number };
  /** Resolves after a shutdown; rejects when the server lost its port. */
  readonly finished: Promise<void>;
  /** Takes no more connections, and resolves when the answers on their way have ended. */
  shutdown(): Promise<void>;
}

/** What {@linkcode keepOpen} is told. */
export interface ReopenOptions {
  /**
   * Opens the port.
   *
   * @param port The one to open; undefined the first time, for the one that was asked for.
   */
  readonly open: (port?: number) => Opened;
  /** Hears why the port was lost, each time. */
  readonly onLost?: ((error: unknown) => void) | undefined;
  /** The wait between tries; a timer that keeps no process alive unless told. */
  readonly delay?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Between two tries; so short that the port is back within a second, with time to spare. */
const RETRY_MS = 200;

/**
 * Opens a port and keeps it open until it is shut down.
 *
 * Every try comes after a wait: an open port without descriptors for connections is lost at once.
 *
 * @returns Has the address of the first opening; its `finished` never rejects.
 * @throws What `open` throws the first time.
 */
export function keepOpen(options: ReopenOptions): Opened {
  const { open, onLost, delay = delayQuietly } = options;
  const first = open();
  const stop = new AbortController();
  const servers = new Set<Opened>([first]);

  async function reopen(): Promise<Opened | undefined> {
    for (;;) {
      try {
        await delay(RETRY_MS, stop.signal);
      } catch {
        return undefined;
      }
      try {
        return open(first.address.port);
      } catch {
        // Why is known: the descriptors that were missing before still are.
      }
    }
  }

  async function keep(): Promise<void> {
    for (let server: Opened | undefined = first; server !== undefined;) {
      try {
        return await server.finished;
      } catch (error) {
        if (stop.signal.aborted) return;
        onLost?.(error);
      }
      // Answers on their way go on to their end; connections that are merely open end here.
      server.shutdown().catch(() => {});
      servers.delete(server);
      server = await reopen();
      if (server !== undefined) servers.add(server);
    }
  }

  return {
    address: first.address,
    finished: keep(),
    async shutdown() {
      stop.abort();
      await Promise.allSettled([...servers].map((server) => server.shutdown()));
    },
  };
}
