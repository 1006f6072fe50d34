/**
 * A port of the embedded node: connections that came in and were not accepted yet. It outlives
 * restarts of the Worker.
 *
 * @module
 */

import type { TailnetConnection } from "./tailnet_connection.ts";

/** Connections that wait to be accepted; further ones are closed. */
const MAX_WAITING = 128;

/** Takes the connections of one port. */
export class TailnetListener {
  /** The port; its addresses are those of the node. */
  readonly addr: { readonly hostname: string; readonly port: number };
  readonly #waiting: TailnetConnection[] = [];
  readonly #onClose: () => void;
  #next: PromiseWithResolvers<TailnetConnection> | undefined;
  #isClosed = false;

  /**
   * An open listener.
   *
   * @param onClose Called once, when it is closed.
   */
  constructor(port: number, onClose: () => void) {
    this.addr = { hostname: "tailnet", port };
    this.#onClose = onClose;
  }

  /**
   * The next connection; one call at a time.
   *
   * @throws {Error} If the listener is closed.
   */
  accept(): Promise<TailnetConnection> {
    if (this.#isClosed) return Promise.reject(closedError());
    const connection = this.#waiting.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    this.#next = Promise.withResolvers();
    return this.#next.promise;
  }

  /** Hands a connection over. */
  offer(connection: TailnetConnection): void {
    if (this.#next !== undefined) {
      this.#next.resolve(connection);
      this.#next = undefined;
    } else if (this.#isClosed || this.#waiting.length >= MAX_WAITING) connection.close();
    else this.#waiting.push(connection);
  }

  /** Takes no more connections, and closes those that wait. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const connection of this.#waiting.splice(0)) connection.close();
    this.#next?.reject(closedError());
    this.#next = undefined;
    this.#onClose();
  }
}

function closedError(): Error {
  return new Error("The listener on the tailnet is closed");
}
