/**
 * What the tests of the demo share: a moment, a tailnet at that moment, and a running demo with a
 * client that goes through its proxy.
 *
 * @module
 */

import {
  type Demo,
  type DemoOptions,
  planFleet,
  SimulatedTailnet,
  startDemo,
} from "../../src/demo/mod.ts";
import { listenLoopback } from "../../src/http/loopback.ts";

/** A Thursday noon. */
export const NOON_MS = Date.UTC(2026, 7, 20, 12);

/** A fleet that stands still at noon. */
export function fleetAtNoon(size: number, seed = 1): SimulatedTailnet {
  return new SimulatedTailnet({ devices: planFleet(size, seed), seed, now: () => NOON_MS });
}

/** The API's list as a client sees it. */
export function listOf(tailnet: SimulatedTailnet, fields: "default" | "all" = "all"): Fields[] {
  return JSON.parse(new TextDecoder().decode(tailnet.apiList(fields))).devices;
}

/** An entry of the list. */
export type Fields = Readonly<Record<string, unknown>>;

/** A running demo, which ends with the block. */
export interface Running extends AsyncDisposable {
  /** The demo. */
  readonly demo: Demo;
  /** Asks through the demo's proxy. */
  ask(url: string, signal?: AbortSignal): Promise<Answer>;
}

/** What came back over the wire. */
export interface Answer {
  /** The HTTP status; NaN where the connection ended without an answer. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  /** All that came after them, chunk sizes included where there are any. */
  readonly body: string;
}

/** Starts a demo at noon. */
export async function run(options: Partial<DemoOptions> = {}): Promise<Running> {
  const demo = await startDemo({
    devices: ["demo"],
    now: () => NOON_MS,
    listen: listenLoopback,
    ...options,
  });
  return {
    demo,
    ask: (url, signal) => askProxy(demo, url, signal),
    [Symbol.asyncDispose]: () => demo.shutdown(),
  };
}

/**
 * A request in absolute form, as a client sends it to an HTTP proxy. Written by hand, because
 * `fetch` wants permission for the target too, and the tests may use the loopback only.
 */
async function askProxy(demo: Demo, url: string, signal?: AbortSignal): Promise<Answer> {
  const { hostname, port } = new URL(demo.proxyUrl);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const giveUp = () => connection.close();
  signal?.addEventListener("abort", giveUp);
  const request = `GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(16 * 1024);
  let text = "";
  for (;;) {
    // A connection that breaks ends the answer, like one that is closed.
    const length = await connection.read(chunk).catch(() => null);
    if (length === null) break;
    text += decoder.decode(chunk.subarray(0, length), { stream: true });
  }
  signal?.removeEventListener("abort", giveUp);
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, Math.max(0, end));
  return { status: Number(head.split(" ")[1]), head, body: text.slice(end + 4) };
}

/** The address of a device's page. */
export function pageUrl(address: string): string {
  return `http://${address.includes(":") ? `[${address}]` : address}:5252/metrics`;
}
