/**
 * The devices' web clients, reached directly or by an HTTP proxy: a request for
 * `http://100.64.0.7:5252/metrics` gets what tailscaled answers there, or what its proxy answers
 * when it cannot connect. A connection past the proxy meets a port that is open or is not.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import type { Hold } from "./hold.ts";
import { goQuote } from "./go_quote.ts";
import type { DemoDevice, SimulatedTailnet } from "./simulated_tailnet.ts";

/** The port of the web client. */
const WEB_CLIENT_PORT = "5252";

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'self'; img-src * data:; script-src 'self'",
  "content-type": "text/plain;version=0.0.4;charset=utf-8",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

/** What a connection to a port of a device meets. */
export type PortState =
  /** It is accepted. */
  | "open"
  /** The device's system refuses it: nothing listens there. */
  | "refused"
  /** No packet comes back: no device has the address, or it cannot be reached. */
  | "silent";

/** Series of the page that is far too large. */
const HUGE_SERIES = 1_000_000;

const ENCODER = new TextEncoder();

/** What the web clients are made from. */
export interface WebClientOptions {
  /** The devices. */
  readonly tailnet: SimulatedTailnet;
  /** Where requests wait. */
  readonly hold: Hold;
  /** How long each answer takes in milliseconds. */
  readonly latencyMs: number;
}

/**
 * What a connection meets that goes straight to a device, and not by the proxy.
 *
 * @param host An address of the device, or a name.
 */
export function portState(tailnet: SimulatedTailnet, host: string, port: number): PortState {
  const device = tailnet.deviceAt(host);
  if (device === undefined || !device.isOnline || device.fault === "unreachable") return "silent";
  const hasPage = String(port) === WEB_CLIENT_PORT && tailnet.hasPage(device.id);
  return hasPage ? "open" : "refused";
}

/**
 * What comes back for an absolute URL.
 *
 * Source: `client/web` of tailscaled for the check of the host; its outbound HTTP proxy answers
 * 502 with no body where it cannot connect.
 */
export async function answerForDevice(
  request: Request,
  url: URL,
  { tailnet, hold, latencyMs }: WebClientOptions,
): Promise<Response> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const device = url.port === WEB_CLIENT_PORT ? tailnet.deviceAt(host) : undefined;
  const page = device === undefined ? undefined : tailnet.page(device.id);
  if (device === undefined || page === undefined) return new Response(null, { status: 502 });
  if (latencyMs > 0) await hold.wait(latencyMs);
  if (device.fault === "hang") {
    await hold.wait();
    return new Response(null, { status: 502 });
  }
  if (!device.addresses.includes(host)) return redirectTo(device, url, request.method);
  if (url.pathname === "/ok") return new Response(null, { status: 204 });
  if (url.pathname !== "/metrics") {
    return new Response("<!doctype html><title>Tailscale</title>", {
      headers: { ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" },
    });
  }
  return answerPage(device, page);
}

/** The web client answers only requests for its address, against DNS rebinding. */
function redirectTo(device: DemoDevice, url: URL, method: string): Response {
  const address = device.addresses[0] as string;
  const location = `//${bracketed(address)}:${WEB_CLIENT_PORT}${url.pathname}${url.search}`;
  const body = method === "GET" ? `<a href="${location}">Moved Permanently</a>.\n\n` : null;
  return new Response(body, {
    status: 301,
    headers: { "content-type": "text/html; charset=utf-8", location },
  });
}

function answerPage(device: DemoDevice, page: Uint8Array<ArrayBuffer>): Response {
  const reply = (body: BodyInit | null) => new Response(body, { headers: PAGE_HEADERS });
  switch (device.fault) {
    case undefined:
    case "hang":
    case "unreachable":
      return reply(page);
    case "bad_line":
      return reply(withLine(page, 'tailscaled_inbound_packets_total{path="direct_ipv4} 17\n'));
    case "invalid_utf8":
      return reply(
        withLine(page, new Uint8Array([...ENCODER.encode('x{a="'), 0xff, 0x22, 0x7d, 32, 49, 10])),
      );
    case "html":
      return new Response("<!doctype html><title>Printer</title><p>Toner is low.\n", {
        headers: { "content-type": "text/html; charset=utf-8" },
      });
    case "status":
      return new Response("internal error\n", { status: 500 });
    case "redirect":
      return new Response(null, {
        status: 301,
        headers: { location: "http://203.0.113.9:5252/metrics" },
      });
    case "empty":
      return reply(null);
    case "binary":
      return new Response(Uint8Array.from({ length: 512 }, (_, index) => (index * 151) & 255), {
        headers: { "content-type": "application/octet-stream" },
      });
    case "cut":
      return reply(cutOff(page));
    case "huge":
      return reply(hugePage());
  }
}

function withLine(page: Uint8Array, line: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof line === "string" ? ENCODER.encode(line) : line;
  const body = new Uint8Array(page.length + bytes.length);
  body.set(page);
  body.set(bytes, page.length);
  return body;
}

/** The first half of a page, then a broken connection. */
function cutOff(page: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new Error("The demo breaks the connection"));
      isSent = true;
      controller.enqueue(page.slice(0, page.length >> 1));
    },
  });
}

function hugePage(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let series = 0;
  return new ReadableStream({
    pull(controller) {
      if (series >= HUGE_SERIES) return controller.close();
      let text = series === 0 ? "# TYPE tailscaled_inbound_bytes_total counter\n" : "";
      for (const end = series + 1000; series < end; series++) {
        text += `tailscaled_inbound_bytes_total{path=${goQuote(`p${series}`)}} 1\n`;
      }
      controller.enqueue(ENCODER.encode(text));
    },
  });
}
