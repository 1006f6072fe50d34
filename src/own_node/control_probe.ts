/**
 * Asks whether the control plane accepts a TCP connection. Sends nothing: what it would answer does
 * not matter here.
 *
 * @module
 */

import type { Delay } from "../time/delay.ts";
import { withTimeout } from "../time/timeout.ts";

/** What {@linkcode createControlProbe} needs. */
export interface ControlProbeOptions {
  /** The control plane. Default: Tailscale's. */
  readonly url?: URL | undefined;
  /** Opens a TCP connection. */
  readonly connect: (
    options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
  ) => Promise<Pick<Deno.TcpConn, "close">>;
  /** Waits. */
  readonly delay: Delay;
}

/** The control plane of a tailnet at Tailscale. */
const TAILSCALE = new URL("https://controlplane.tailscale.com");

/** Timeout of a connection, in milliseconds. */
const CONNECT_MS = 5_000;

/**
 * A function that tells whether the control plane accepts a connection within 5 s. Where the
 * sandbox forbids the connection this is not known, and counts as yes.
 *
 * @returns It throws the reason of its signal.
 */
export function createControlProbe(
  { connect, delay, url = TAILSCALE }: ControlProbeOptions,
): (signal: AbortSignal) => Promise<boolean> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port) || (url.protocol === "http:" ? 80 : 443);
  return async (signal) => {
    try {
      await withTimeout(CONNECT_MS, async (signal) => {
        (await connect({ hostname, port, signal })).close();
      }, { delay, signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error && error.name === "NotCapable";
    }
  };
}
