/**
 * The LocalAPI of the demo's host over HTTP, as a forward to tailscaled's socket would answer. What
 * mends a path acts on the simulated host alone.
 *
 * @module
 */

import type { Hold } from "./hold.ts";
import { derpMap, type SimulatedHost } from "./simulated_host.ts";

/** The host in requests: what a client of the LocalAPI names. */
export const LOCAL_HOST = "local-tailscaled.sock";

const PREFIX = "/localapi/v0/";

/** What the LocalAPI answers from. */
export interface LocalServerOptions {
  /** The host. */
  readonly host: SimulatedHost;
  /** The page of the host's metrics; undefined if it has none. */
  readonly page: () => Uint8Array<ArrayBuffer> | undefined;
  /** Where pings wait that get no answer. */
  readonly hold: Hold;
}

/** How long a ping without an answer is held, longer than its client waits, in milliseconds. */
const PING_MS = 8_000;

/** The answer to a request. */
export async function answerLocally(
  request: Request,
  url: URL,
  { hold, host, page }: LocalServerOptions,
): Promise<Response> {
  const query = url.searchParams;
  switch (`${request.method} ${url.pathname.slice(PREFIX.length)}`) {
    case "GET status":
      return Response.json(host.status(query.get("peers") !== "false"));
    case "GET whois": {
      const found = host.whois(addressOf(query.get("addr") ?? ""));
      return found === undefined ? refuse(404, "no match for IP:port") : Response.json(found);
    }
    case "GET derpmap":
      return Response.json(derpMap());
    case "GET prefs":
      return Response.json({ WantRunning: host.isUp });
    case "PATCH prefs": {
      const edit = await request.json();
      if (edit?.WantRunningSet === true) host.setUp(edit.WantRunning === true);
      return Response.json({ WantRunning: host.isUp });
    }
    case "GET usermetrics":
    case "GET metrics": {
      const body = page();
      return body === undefined ? refuse(404, "404 page not found") : new Response(body);
    }
    case "POST ping": {
      const result = host.ping(query.get("ip") ?? "");
      if (result !== undefined) return Response.json(result);
      await hold.wait(PING_MS);
      return refuse(500, "context deadline exceeded");
    }
    case "POST debug":
      host.mend();
      return new Response("done\n");
    default:
      return refuse(404, "404 page not found");
  }
}

/** "100.64.0.2:51234" → "100.64.0.2" */
function addressOf(text: string): string {
  const [, bracketed, plain] = /^\[(.+)\]:\d+$|^([\d.]+):\d+$/.exec(text) ?? [];
  return bracketed ?? plain ?? text;
}

function refuse(status: number, message: string): Response {
  return new Response(`${message}\n`, { status });
}
