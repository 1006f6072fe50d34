/**
 * The part of Tailscale's API that the released headscale does not have: its own list of nodes in
 * the other spelling, so that pages can be tested with it as well. Nothing about the API itself
 * can.
 *
 * @module
 */

import type { Settings } from "./_program.ts";

/** A node as headscale's first API lists it. */
interface V1Node {
  readonly id: string;
  readonly givenName: string;
  readonly ipAddresses: readonly string[];
  readonly tags?: readonly string[];
  readonly online?: boolean;
}

/** A running stand-in; disposing of it ends it. */
export interface StandInApi extends AsyncDisposable {
  /** Settings of a program that asks it. */
  readonly settings: Settings;
}

/** Starts a stand-in that asks headscale anew for each answer. */
export function serveStandIn(headscaleUrl: string, apiKey: string): StandInApi {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async () => {
    const headers = { authorization: `Bearer ${apiKey}` };
    const { nodes } = await (await fetch(`${headscaleUrl}/api/v1/node`, { headers })).json();
    return Response.json({ devices: nodes.map(asDevice) });
  });
  return {
    settings: {
      TAILSCALE_API_URL: `http://127.0.0.1:${server.addr.port}/api/v2`,
      OAUTH_TOKEN: "stand-in",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function asDevice({ id, givenName, ipAddresses, tags = [], online = false }: V1Node): unknown {
  return { id, name: givenName, addresses: ipAddresses, tags, connectedToControl: online };
}
