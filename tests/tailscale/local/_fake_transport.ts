/**
 * A way to a tailscaled that there is not: answers are functions, requests are remembered.
 *
 * @module
 */

import { Redactor } from "../../../src/secret/redactor.ts";
import { Secret } from "../../../src/secret/secret.ts";
import type { LocalRequest, LocalTransport } from "../../../src/tailscale/local/transport.ts";

/** What a fake transport answers with. */
export type Answer = (request: LocalRequest, signal: AbortSignal) => Response | Promise<Response>;

/** A transport that remembers what it was asked. */
export interface FakeTransport extends LocalTransport {
  /** Every request, in order. */
  readonly sent: readonly LocalRequest[];
  /** Whether it was closed. */
  readonly isClosed: boolean;
}

/** A way that answers like this; a bridge only to what bridges answer. */
export function fakeTransport(
  answer: Answer,
  kind: LocalTransport["kind"] = "socket",
): FakeTransport {
  const sent: LocalRequest[] = [];
  let isClosed = false;
  return {
    kind,
    place: kind === "socket" ? "/run/ts.sock" : "127.0.0.1:41112",
    redactor: new Redactor([new Secret("s3cret-value")]),
    sent,
    get isClosed() {
      return isClosed;
    },
    supports: (endpoint) => kind !== "bridge" || endpoint === "status",
    async send(request, signal) {
      sent.push(request);
      return await answer(request, signal);
    },
    close: () => void (isClosed = true),
  };
}

/** An answer that never comes; rejects as `fetch` does when it is given up. */
export function never(_request: LocalRequest, signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** A body that sends this and then nothing more until it is given up. */
export function stalling(text: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      signal.addEventListener("abort", () => controller.error(signal.reason), { once: true });
    },
  });
}
