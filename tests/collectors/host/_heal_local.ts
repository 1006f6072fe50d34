/**
 * A tailscaled that does what a test tells it to, and keeps what it was asked.
 *
 * @module
 */

import {
  type LocalApi,
  LocalApiError,
  type LocalFailure,
  type LocalPeer,
  type LocalStatus,
  type PingResult,
} from "../../../src/tailscale/local/mod.ts";

/** The calls that the watchdog and the keepalive make. */
export type HealLocal = Pick<LocalApi, "debug" | "editPrefs" | "ping" | "status">;

/** What a call does besides being kept: nothing, fail, or never end unless it is told to. */
export type Behaviour = "ok" | "wedged" | LocalFailure | Error;

/** A peer as a status has it: online, active, straight. */
export function makeLocalPeer(fields: Partial<LocalPeer> = {}): LocalPeer {
  return {
    id: "n1",
    nodeId: "1",
    publicKey: "nodekey:01",
    name: "hostname",
    hostname: "hostname",
    os: "linux",
    userId: "1",
    addresses: ["100.64.0.2", "fd7a:115c:a1e0::2"],
    tags: [],
    primaryRoutes: [],
    currentAddress: "192.0.2.1:41641",
    relay: "fra",
    peerRelay: undefined,
    rxBytes: 1,
    txBytes: 1,
    lastSeenSeconds: undefined,
    lastHandshakeSeconds: undefined,
    keyExpirySeconds: undefined,
    isOnline: true,
    isActive: true,
    isExitNode: false,
    isExitNodeOption: false,
    isExpired: false,
    isSharee: false,
    kind: "device",
    ...fields,
  };
}

/** The same without an address: on a relay, if that lasts. */
export function makeStuckPeer(fields: Partial<LocalPeer> = {}): LocalPeer {
  return makeLocalPeer({ currentAddress: undefined, ...fields });
}

/** A tailscaled by hand. */
export class FakeLocal implements HealLocal {
  /** Calls in the order in which they were made. */
  readonly calls: string[] = [];
  /** Called with each call before it does anything. */
  onCall: (call: string) => void = () => {};
  peers: readonly LocalPeer[] = [];
  self: LocalStatus["self"];
  state: LocalStatus["backendState"] = "Running";
  /** What calls do, by their name or by the beginning of it; the longest that fits counts. */
  readonly behaviours = new Map<string, Behaviour>();
  /** What pings come to, by address; Default: over DERP. */
  readonly results = new Map<string, PingResult>();

  async status(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<LocalStatus> {
    await this.#do("status", options.signal);
    return {
      version: "1.102.3",
      backendState: this.state,
      hasTun: true,
      addresses: ["100.64.0.1"],
      self: this.self,
      exitNode: undefined,
      health: [],
      peers: this.peers,
      rejected: [],
      rejectedCount: 0,
      excluded: new Map(),
      users: new Map(),
    };
  }

  async ping(
    address: string,
    { type = "disco", signal }: Parameters<LocalApi["ping"]>[1] = {},
  ): Promise<PingResult> {
    await this.#do(`ping ${type} ${address}`, signal);
    return this.results.get(address) ??
      { outcome: "answered", latencySeconds: 0.03, derpRegionId: 1 };
  }

  async debug(action: string, signal?: AbortSignal): Promise<void> {
    await this.#do(`debug ${action}`, signal);
  }

  async editPrefs(
    edit: Parameters<LocalApi["editPrefs"]>[0],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<LocalApi["editPrefs"]>>> {
    await this.#do(edit.wantRunning ? "up" : "down", signal);
    return {} as Awaited<ReturnType<LocalApi["editPrefs"]>>;
  }

  /** The calls since the last time, those for the status left out. */
  take(): readonly string[] {
    return this.calls.splice(0).filter((call) => call !== "status");
  }

  async #do(call: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.calls.push(call);
    this.onCall(call);
    const names = [...this.behaviours.keys()].filter((name) => call.startsWith(name));
    const behaviour = this.behaviours.get(names.sort().at(-1) ?? "") ?? "ok";
    if (behaviour instanceof Error) throw behaviour;
    if (behaviour === "wedged") {
      await new Promise((_, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    if (behaviour !== "ok" && behaviour !== "wedged") {
      throw new LocalApiError(behaviour, `Cannot ${call.slice(0, 30)}: ${behaviour}`);
    }
    await Promise.resolve();
  }
}
