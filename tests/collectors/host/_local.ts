/**
 * A tailscaled for the tests of the host's collectors: its answers are what the test says.
 *
 * @module
 */

import type { LocalApi } from "../../../src/tailscale/local/mod.ts";
import {
  decodeStatus,
  type LocalStatus,
  type StatusOptions,
} from "../../../src/tailscale/local/status.ts";
import { fixtureBytes } from "../../_support/fixture.ts";

/** A status from its JSON text; with a memory, read as a client reads one after the other. */
export function statusFrom(
  text: string | Uint8Array,
  options: StatusOptions = {},
): Promise<LocalStatus> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return decodeStatus([bytes], { pause: () => Promise.resolve(), ...options });
}

/** A status that was recorded, by the name of its file. */
export function recordedStatus(name: string): Promise<LocalStatus> {
  return statusFrom(fixtureBytes(`localapi/${name}.json`));
}

/** A status whose peers are these objects of the LocalAPI. */
export function statusWith(
  peers: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
  options: StatusOptions = {},
): Promise<LocalStatus> {
  const entries = peers.map((peer, at) => [`nodekey:${at}`, peer]);
  return statusFrom(
    JSON.stringify({ BackendState: "Running", Peer: Object.fromEntries(entries), ...fields }),
    options,
  );
}

/** A LocalAPI that refuses every call but those given. */
export function fakeLocal(calls: Partial<LocalApi>): LocalApi {
  const refuse = () => Promise.reject(new Error("this call was not expected"));
  return {
    place: "/run/ts.sock",
    isEmbedded: false,
    isOwnNode: false,
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
    onFailure: () => {},
    close: () => {},
    ...calls,
  };
}
