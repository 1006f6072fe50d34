/**
 * One dial of the embedded node, which the caller may give up.
 *
 * @module
 */

import { orAborted } from "../time/timeout.ts";
import type { ConnInfo } from "./_protocol.ts";
import type { Link } from "./link.ts";
import { type StreamLink, TailnetConnection } from "./tailnet_connection.ts";

/** Where to connect to. */
export interface DialTarget {
  /** An address of the tailnet. */
  readonly hostname: string;
  /** A TCP port. */
  readonly port: number;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
}

/** How a dial reaches the Go program. */
export interface DialOptions {
  /** The Worker. */
  readonly link: Pick<Link, "call"> & StreamLink;
  /** Deadline in the Go program, so that a dial that was given up does not live on there. */
  readonly timeoutMs: number;
}

/**
 * Opens a TCP connection over the tailnet.
 *
 * @throws {Error} With the name "ConnectionRefused" if the peer refuses.
 * @throws The signal's reason.
 */
export async function dial(
  { link, timeoutMs }: DialOptions,
  { hostname, port, signal }: DialTarget,
): Promise<TailnetConnection> {
  signal.throwIfAborted();
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const dialled = link.call("dial", timeoutMs, `${host}:${port}`)
    .then((info) => new TailnetConnection(link, JSON.parse(String(info)) as ConnInfo));
  try {
    return await orAborted(dialled, signal);
  } catch (error) {
    // One that arrives after the caller has given up must not stay open.
    if (signal.aborted) dialled.then((late) => late.close(), () => {});
    throw isRefused(error) ? refusedError(error) : error;
  }
}

/** How gVisor says that a port is closed. */
function isRefused(error: unknown): boolean {
  return error instanceof Error && /connection (?:was )?refused/.test(error.message);
}

function refusedError(cause: unknown): Error {
  const error = new Error("connection refused", { cause });
  error.name = "ConnectionRefused";
  return error;
}
