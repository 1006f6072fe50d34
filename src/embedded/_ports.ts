/**
 * The ports that are open on the node's own addresses. They outlive its Workers: each new one opens
 * them again.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { ConnInfo } from "./_protocol.ts";
import type { Link } from "./link.ts";
import { TailnetListener } from "./listener.ts";
import { TailnetConnection } from "./tailnet_connection.ts";

/** Open ports by their number. */
export class Ports {
  readonly #listeners = new Map<number, TailnetListener>();
  /** The Worker whose Go program has a node; undefined while none has. */
  #link: Link | undefined;

  /**
   * Opens a port, as soon as there is a node.
   *
   * @throws {RangeError} If it is open already.
   */
  listen(port: number): TailnetListener {
    if (this.#listeners.has(port)) {
      throw new RangeError(`Cannot listen on port ${port} of the tailnet: it is open already`);
    }
    const listener = new TailnetListener(port, () => {
      this.#listeners.delete(port);
      // One that fails has lost its Worker, and the port with it.
      this.#link?.call("unlisten", 0, port).catch(() => {});
    });
    this.#listeners.set(port, listener);
    const link = this.#link;
    link?.call("listen", 0, port).catch((error) => {
      // The next Worker opens it. Does nothing where this one is gone.
      link.kill(`cannot listen on port ${port} of the tailnet: ${describeError(error)}`);
    });
    return listener;
  }

  /**
   * Opens all of them on a node that was just made.
   *
   * @throws {Error} What the Go program reports.
   */
  async openOn(link: Link): Promise<void> {
    this.#link = link;
    // Those that are added meanwhile are opened by listen(), also with the number of one closed.
    for (const [port, listener] of [...this.#listeners]) {
      if (this.#listeners.get(port) === listener) await link.call("listen", 0, port);
    }
  }

  /** The Worker is gone. */
  lost(): void {
    this.#link = undefined;
  }

  /** A connection has come in. */
  offer(link: Link, info: ConnInfo): void {
    const connection = new TailnetConnection(link, info);
    const listener = this.#listeners.get(info.port ?? 0);
    if (listener === undefined) connection.close();
    else listener.offer(connection);
  }

  /** Closes all of them. */
  close(): void {
    for (const listener of [...this.#listeners.values()]) listener.close();
  }
}
