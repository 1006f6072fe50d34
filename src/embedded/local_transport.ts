/**
 * The LocalAPI of the embedded node as a transport, so that its peers, paths and metrics are read
 * by the code that reads a tailscaled: no socket, and no permission for one.
 *
 * @module
 */

import { Redactor } from "../secret/redactor.ts";
import type { LocalEndpoint, LocalTransport } from "../tailscale/local/mod.ts";
import { orAborted } from "../time/timeout.ts";
import type { LocalResponse } from "./_protocol.ts";

/** The part of an embedded node that is asked. */
export interface LocalNode {
  /** Asks the node's LocalAPI. */
  localapi(method: string, path: string): Promise<LocalResponse>;
}

/**
 * Calls that the Go program answers. Left out of it are the client's own metrics and the actions
 * that mend paths, of which a relayed node has none; settings and login are the node's own.
 */
const ANSWERED: ReadonlySet<LocalEndpoint> = new Set([
  "status",
  "whois",
  "usermetrics",
  "ping",
  "derpmap",
  "prefs",
]);

/** The way to the LocalAPI of an embedded node; closing it leaves the node running. */
export function createLocalTransport(node: LocalNode): LocalTransport {
  return {
    kind: "embedded",
    place: "embedded node",
    redactor: new Redactor([]),
    supports: (endpoint) => ANSWERED.has(endpoint),
    async send({ endpoint, method = "GET", query = {} }, signal) {
      const text = new URLSearchParams(query).toString();
      const path = `/localapi/v0/${endpoint}${text === "" ? "" : `?${text}`}`;
      const { body, status } = await orAborted(node.localapi(method, path), signal);
      // A response of status 204 may have no body, not even an empty one.
      return new Response(body?.length ? body : null, { status });
    },
    close() {},
  };
}
