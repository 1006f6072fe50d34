/**
 * The demo's own host: what its tailscaled would say of itself, of its peers and of the paths to
 * them, and what mending does to these. Knows nothing of HTTP.
 *
 * Source: `Status`, `PeerStatus` and `PingResult` in tailscale.com/ipn/ipnstate; `WhoIsResponse` in
 * tailscale.com/client/tailscale/apitype
 *
 * @module
 */

import { EPOCH_MS } from "./activity.ts";
import { DOMAIN } from "./device_identity.ts";
import { type HostPath, hostPathAt } from "./host_path.ts";
import { KINDS } from "./device_kind.ts";
import type { Machine } from "./machine.ts";
import { hash, STREAM, unit } from "./random.ts";
import { codeOf, REGIONS } from "./region.ts";

/** WireGuard makes new keys as often, in milliseconds. */
const REKEY_MS = 120_000;

/** A peer counts as active for as long after a packet, in milliseconds. */
const ACTIVE_MS = 45_000;

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** What a host is made from. */
export interface SimulatedHostOptions {
  /** The demo's seed. */
  readonly seed: number;
  /** All devices; the first one is the host. */
  readonly machines: () => Iterable<Machine>;
  /** When the demo began, in milliseconds. */
  readonly startMs: number;
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** The host. */
export class SimulatedHost {
  readonly #options: SimulatedHostOptions;
  /** When each peer was last pinged, by its stable id. */
  readonly #pingedMs = new Map<string, number>();
  #mendedMs = -Infinity;
  #isUp = true;

  /** A host that is up. */
  constructor(options: SimulatedHostOptions) {
    this.#options = options;
  }

  /** Whether tailscaled is to be up, as its preferences have it. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Takes it up or down. Paths are made anew when it comes up. */
  setUp(isUp: boolean): void {
    if (isUp && !this.#isUp) this.mend();
    this.#isUp = isUp;
  }

  /** Opens the ports anew. */
  mend(): void {
    this.#mendedMs = this.#options.now();
  }

  /** The machine that it is; undefined in an empty tailnet. */
  get self(): Machine | undefined {
    for (const machine of this.#options.machines()) return machine;
    return undefined;
  }

  /** The status as tailscaled writes it. */
  status(withPeers: boolean): Readonly<Record<string, unknown>> {
    const { self } = this;
    const nowMs = this.#options.now();
    const owners = new Map<string, number>([["tagged-devices", TAGGED_USER]]);
    const peers: Record<string, unknown> = {};
    for (const peer of this.#isUp && withPeers ? this.#peers() : []) {
      owners.set(ownerOf(peer), userIdOf(peer));
      peers[peer.identity.nodeKey] = this.#peerStatus(peer, nowMs);
    }
    return {
      Version: self?.identity.clientVersion,
      TUN: true,
      BackendState: this.#isUp ? "Running" : "Stopped",
      HaveNodeKey: true,
      AuthURL: "",
      TailscaleIPs: self?.identity.addresses,
      Self: self && { ...nodeStatus(self, nowMs), Online: true, InNetworkMap: true },
      Health: [],
      MagicDNSSuffix: DOMAIN,
      CurrentTailnet: { Name: "example.com", MagicDNSSuffix: DOMAIN, MagicDNSEnabled: true },
      Peer: withPeers ? peers : null,
      User: Object.fromEntries(
        [...owners].map(([LoginName, ID]) => [ID, { ID, LoginName, DisplayName: LoginName }]),
      ),
    };
  }

  /**
   * What came of a disco ping.
   *
   * @returns undefined if no answer comes.
   */
  ping(address: string): Readonly<Record<string, unknown>> | undefined {
    const nowMs = this.#options.now();
    const peer = [...this.#peers()].find(({ identity }) => identity.addresses.includes(address));
    if (!this.#isUp || peer === undefined) return { IP: address, Err: "no matching peer" };
    this.#pingedMs.set(peer.identity.nodeId, nowMs);
    const path = this.#pathTo(peer, nowMs);
    if (path === "dead" || !peer.condition(nowMs).isOnline) return undefined;
    const { home } = peer.condition(nowMs);
    return {
      IP: address,
      NodeIP: address,
      NodeName: peer.shortName,
      Err: "",
      LatencySeconds: this.#latencyTo(peer, path, nowMs),
      Endpoint: path === "direct_v4" || path === "direct_v6" ? endpointOf(peer, path) : "",
      PeerRelay: path === "peer_relay" ? this.#relayAddress() : "",
      DERPRegionID: path === "derp" ? home.id : 0,
      DERPRegionCode: path === "derp" ? codeOf(home) : "",
    };
  }

  /** The node behind an address and its owner; undefined if there is none. */
  whois(address: string): Readonly<Record<string, unknown>> | undefined {
    for (const machine of this.#options.machines()) {
      const { identity, kind, name, shortName, tags } = machine;
      if (!identity.addresses.includes(address)) continue;
      const ID = userIdOf(machine);
      return {
        Node: {
          ID,
          StableID: identity.nodeId,
          Name: `${name}.`,
          Key: identity.nodeKey,
          Addresses: identity.addresses.map(asPrefix),
          Tags: tags,
          Hostinfo: { OS: KINDS[kind].os, Hostname: shortName },
        },
        UserProfile: { ID, LoginName: ownerOf(machine), DisplayName: ownerOf(machine) },
      };
    }
    return undefined;
  }

  /** All devices but the host, and but those that are not in its network map. */
  *#peers(): Generator<Machine> {
    const { self } = this;
    for (const machine of this.#options.machines()) {
      if (machine !== self && !machine.traits.has("unauthorized")) yield machine;
    }
  }

  #peerStatus(peer: Machine, nowMs: number): Readonly<Record<string, unknown>> {
    const { isOnline } = peer.condition(nowMs);
    const path = this.#pathTo(peer, nowMs);
    const pingedMs = this.#pingedMs.get(peer.identity.nodeId) ?? -Infinity;
    const isActive = isOnline && (peer.tags.length > 0 || nowMs - pingedMs < ACTIVE_MS);
    const isAnswered = isActive && path !== "dead";
    const seconds = Math.max(0, nowMs - EPOCH_MS) / 1000;
    const rate = 50 + hash(this.#options.seed, STREAM.path, peer.index, 2) % 4_000;
    return {
      ...nodeStatus(peer, nowMs),
      CurAddr: isAnswered && (path === "direct_v4" || path === "direct_v6")
        ? endpointOf(peer, path)
        : "",
      PeerRelay: isAnswered && path === "peer_relay" ? this.#relayAddress() : "",
      RxBytes: path === "dead" ? 0 : Math.floor(seconds * rate),
      TxBytes: Math.floor(seconds * rate * 0.6),
      LastWrite: isActive ? timestamp(nowMs - 1_000) : ZERO_TIME,
      LastSeen: isOnline ? ZERO_TIME : timestamp(peer.condition(nowMs).lastSeenMs),
      LastHandshake: isAnswered ? timestamp(nowMs - nowMs % REKEY_MS) : ZERO_TIME,
      Online: isOnline,
      Active: isActive,
      InNetworkMap: true,
      InMagicSock: true,
      InEngine: isActive,
    };
  }

  #pathTo(peer: Machine, nowMs: number): HostPath {
    const { index, fault, traits } = peer;
    const { seed, startMs } = this.#options;
    return hostPathAt({ seed, index, fault, traits, startMs }, nowMs, this.#mendedMs);
  }

  /** By distance, and half as much more over a relay. Units: seconds */
  #latencyTo(peer: Machine, path: HostPath, nowMs: number): number {
    const here = this.self?.identity.site.near ?? [];
    const there = peer.identity.site.near[0]?.region;
    const far = here.at(-1)?.baseMs ?? 0;
    const ms = here.find(({ region }) => region === there)?.baseMs ?? 2 * far;
    const jitter = unit(this.#options.seed, STREAM.path, peer.index, Math.floor(nowMs / 1000));
    const factor = path === "derp" ? 1.9 : path === "peer_relay" ? 1.4 : 1;
    return Math.round(ms * factor * (1 + 0.2 * jitter) * 1000) / 1e6;
  }

  /** Address, port and number of the peer relay. */
  #relayAddress(): string {
    const relay = [...this.#peers()].find(({ traits }) => traits.has("peer_relay"));
    return `${relay?.identity.addresses[0] ?? "100.64.0.9"}:40000:vni:7`;
  }
}

/** The user that tagged devices have. */
const TAGGED_USER = 2147455555;

/** What is said of the host and of its peers alike. */
function nodeStatus(machine: Machine, nowMs: number): Readonly<Record<string, unknown>> {
  const { identity, index, kind, name, shortName, tags } = machine;
  return {
    ID: identity.nodeId,
    NodeID: 1_000 + index,
    PublicKey: identity.nodeKey,
    HostName: shortName,
    DNSName: `${name}.`,
    OS: KINDS[kind].os,
    UserID: userIdOf(machine),
    TailscaleIPs: identity.addresses,
    AllowedIPs: identity.addresses.map(asPrefix),
    ...tags.length > 0 && { Tags: tags },
    Addrs: null,
    CurAddr: "",
    Relay: codeOf(machine.condition(nowMs).home),
    PeerRelay: "",
    ...tags.length === 0 && { KeyExpiry: timestamp(machine.keyExpiresMs) },
    ...machine.keyExpiresMs <= nowMs && tags.length === 0 && { Expired: true },
    ExitNode: false,
    ExitNodeOption: kind === "exit_node",
  };
}

function ownerOf({ identity, tags }: Pick<Machine, "identity" | "tags">): string {
  return tags.length > 0 ? "tagged-devices" : identity.person;
}

function userIdOf({ identity, tags }: Pick<Machine, "identity" | "tags">): number {
  if (tags.length > 0) return TAGGED_USER;
  return 1 + [...identity.person].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0) | 0, 7) %
      1_000_000 +
    1_000_000;
}

/** Where a peer is reached directly. */
function endpointOf({ index }: Machine, path: "direct_v4" | "direct_v6"): string {
  return path === "direct_v4"
    ? `203.0.113.${1 + index % 254}:41641`
    : `[2001:db8:1::${(1 + index).toString(16)}]:41641`;
}

/** "100.64.0.2" → "100.64.0.2/32" */
function asPrefix(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

function timestamp(ms: number | undefined): string {
  return ms === undefined ? ZERO_TIME : new Date(ms).toISOString();
}

/** The DERP regions as tailscaled writes them. */
export function derpMap(): Readonly<Record<string, unknown>> {
  return {
    Regions: Object.fromEntries(REGIONS.map((region) => [region.id, {
      RegionID: region.id,
      RegionCode: codeOf(region),
      RegionName: region.name,
    }])),
  };
}
