/**
 * A tailscaled for the tests of the host's collectors: its answers are what the test says.
 *
 * @module
 */

import type { LocalApi } from "../../../src/tailscale/local/mod.ts";
import type { PeerMemory } from "../../../src/tailscale/local/peer_memory.ts";
import { decodeStatus, type LocalStatus } from "../../../src/tailscale/local/status.ts";
import { fixtureBytes } from "../../_support/fixture.ts";

/** A status from its JSON text; with a memory, as a client reads one after the other. */
export function statusFrom(text: string | Uint8Array, memory?: PeerMemory): Promise<LocalStatus> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return decodeStatus([bytes], { memory, pause: () => Promise.resolve() });
}

/** A status that was recorded, by the name of its file. */
export function recordedStatus(name: string): Promise<LocalStatus> {
  return statusFrom(fixtureBytes(`localapi/${name}.json`));
}

/** A status whose peers are these objects of the LocalAPI. */
export function statusWith(
  peers: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
  memory?: PeerMemory,
): Promise<LocalStatus> {
  const entries = peers.map((peer, at) => [`nodekey:${at}`, peer]);
  return statusFrom(
    JSON.stringify({ BackendState: "Running", Peer: Object.fromEntries(entries), ...fields }),
    memory,
  );
}

/** A LocalAPI that refuses every call but those given. */
export function fakeLocal(calls: Partial<LocalApi>): LocalApi {
  const refuse = () => Promise.reject(new Error("this call was not expected"));
  return {
    place: "/run/ts.sock",
    supports: () => true,
    status: refuse,
    whois: refuse,
    usermetrics: refuse,
    raw: refuse,
    metrics: refuse,
    ping: refuse,
    derpMap: refuse,
    prefs: refuse,
    editPrefs: refuse,
    debug: refuse,
    watch: () => {
      throw new Error("this call was not expected");
    },
    close: () => {},
    ...calls,
  };
}
