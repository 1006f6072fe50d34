/**
 * Bodies that no client wants: endless ones, broken ones, ones of another kind.
 *
 * @module
 */

import { PAGE_HEADERS } from "./_fake_tailnet.ts";

const CHUNK_BYTES = 64 * 1024;

/** A number of bytes of repeated `text`, made as they are read. */
export function floodOf(text: string, bytes: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const once = new TextEncoder().encode(text);
  const chunk = new Uint8Array(Math.ceil(CHUNK_BYTES / once.length) * once.length);
  for (let at = 0; at < chunk.length; at += once.length) chunk.set(once, at);
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      if (sent >= bytes) return controller.close();
      sent += chunk.length;
      controller.enqueue(chunk.slice());
    },
  });
}

/** A number of series of one family, made as they are read. */
export function seriesOf(count: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= count) return controller.close();
      let text = at === 0 ? "# TYPE tailscaled_flood_total counter\n" : "";
      for (const end = at + 1000; at < end; at++) text += `tailscaled_flood_total{n="${at}"} 1\n`;
      controller.enqueue(encoder.encode(text));
    },
  });
}

/** The first half of a text, then a connection that breaks. */
export function cutOff(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const half = new TextEncoder().encode(text.slice(0, text.length >> 1));
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new Error("The fake breaks the connection"));
      isSent = true;
      controller.enqueue(half);
    },
  });
}

/** A page as a device would send it. */
export function page(body: BodyInit): Response {
  return new Response(body, { headers: PAGE_HEADERS });
}

/** A web page. */
export function html(status = 200): Response {
  return new Response(
    "<!doctype html><title>Log in</title><p>Please log in to the guest network.",
    {
      status,
      headers: { "content-type": "text/html; charset=utf-8" },
    },
  );
}
