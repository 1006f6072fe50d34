/**
 * A network that brings what a test says, connection by connection.
 *
 * @module
 */

import type { PageConnection } from "../../src/devices/direct.ts";

/** A page of one sample. */
export const PAGE = "# TYPE tailscaled_approved_routes gauge\ntailscaled_approved_routes 0\n";

/** The head of an answer as tailscaled writes it, without its length and its end. */
export const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain;version=0.0.4;charset=utf-8\r\n";

/** The whole answer. */
export const LENGTH = `${HEAD}Content-Length: ${PAGE.length}\r\n\r\n${PAGE}`;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a connection brings: bytes as they come, "end", "reset", or "hang" until it is closed. */
export type Script = readonly string[];

/** A network where the n-th connection follows the n-th script. */
export class FakeNetwork {
  /** What was sent, piece by piece. */
  readonly sent: string[] = [];
  /** Where connections went, as "host port". */
  readonly opened: string[] = [];
  /** How many connections were closed. */
  closed = 0;
  readonly #scripts: Script[];

  /** A network with a number of connections; further ones are refused. */
  constructor(...scripts: Script[]) {
    this.#scripts = scripts;
  }

  /** How many connections are open, in use or not. */
  get openCount(): number {
    return this.opened.length - this.closed;
  }

  /** Stands for `Deno.connect`; bound. */
  readonly connect = (
    { hostname, port }: { readonly hostname: string; readonly port: number },
  ): Promise<PageConnection> => {
    const script = this.#scripts[this.opened.length];
    this.opened.push(`${hostname} ${port}`);
    if (script === undefined) {
      return Promise.reject(new Deno.errors.ConnectionRefused("Connection refused (os error 111)"));
    }
    return Promise.resolve(this.#follow([...script]));
  };

  #follow(script: string[]): PageConnection {
    let rest = new Uint8Array(0);
    const gone = Promise.withResolvers<number>();
    // There may be no reader when it is closed.
    gone.promise.catch(() => {});
    return {
      write: (bytes) => {
        // As a socket may: not all at once.
        const part = bytes.subarray(0, 20);
        this.sent.push(decoder.decode(part));
        return Promise.resolve(part.length);
      },
      read: (bytes) => {
        if (rest.length === 0) {
          const next = script.shift() ?? "hang";
          if (next === "hang") return gone.promise;
          if (next === "end") return Promise.resolve(null);
          if (next === "reset") return Promise.reject(new Deno.errors.ConnectionReset("reset"));
          rest = encoder.encode(next);
        }
        const count = Math.min(rest.length, bytes.length);
        bytes.set(rest.subarray(0, count));
        rest = rest.subarray(count);
        return Promise.resolve(count);
      },
      close: () => {
        this.closed++;
        gone.reject(new Deno.errors.BadResource("Bad resource ID"));
      },
    };
  }
}
