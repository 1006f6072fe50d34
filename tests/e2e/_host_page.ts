/**
 * What the page must say of a host and its peers, worked out anew from the JSON that tailscaled
 * answered; nothing here is imported from `src/`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Samples } from "./_samples.ts";

/** A node in the answer to `status`, as far as it is used. */
export interface SaidNode {
  readonly ID: string;
  readonly NodeID: number;
  readonly HostName: string;
  readonly DNSName: string;
  readonly OS: string;
  readonly UserID: number;
  readonly TailscaleIPs: readonly string[];
  readonly Tags?: readonly string[];
  readonly CurAddr: string;
  readonly Relay: string;
  readonly PeerRelay: string;
  readonly RxBytes: number;
  readonly TxBytes: number;
  readonly LastHandshake: string;
  readonly Online: boolean;
  readonly Active: boolean;
}

/** The answer to `status`, as far as it is used. */
export interface SaidStatus {
  readonly Version: string;
  readonly TUN: boolean;
  readonly BackendState: string;
  readonly Health: readonly string[] | null;
  readonly Self: SaidNode;
  readonly Peer: Readonly<Record<string, SaidNode>> | null;
  readonly User: Readonly<Record<string, { readonly LoginName: string }>> | null;
}

/** The ten metrics that textfile scripts have made for years: name, type and help. */
const TABLE: readonly (readonly [string, string, string])[] = [
  ["tailscale_up", "gauge", "1 if Running, 0 otherwise"],
  ["tailscale_health_issues", "gauge", "Number of health issues"],
  ["tailscale_version_info", "gauge", "Version info with labels"],
  ["tailscale_peer_online", "gauge", "Per-peer: 1 if online"],
  ["tailscale_peer_direct", "gauge", "Per-peer: 1 if direct connection"],
  ["tailscale_peer_active", "gauge", "Per-peer: 1 if active traffic"],
  ["tailscale_peer_rx_bytes_total", "counter", "Per-peer: bytes received"],
  ["tailscale_peer_tx_bytes_total", "counter", "Per-peer: bytes transmitted"],
  ["tailscale_peer_last_handshake_seconds_ago", "gauge", "Per-peer: seconds since handshake"],
  ["tailscale_peer_info", "gauge", "Per-peer: metadata labels"],
];

/** How Go writes a time that is not set. */
const NEVER = "0001-01-01T00:00:00Z";

/** Fails unless the page says of all ten metrics what tailscaled did, and nothing else. */
export function assertSaid(
  samples: Samples,
  status: SaidStatus,
  deviceIdOf: (nodeId: string) => string | undefined = () => undefined,
): void {
  const lookedAt = Math.floor(samples.sum("tailscale_last_status_timestamp_seconds") ?? NaN);
  const wanted = seriesOf(status, lookedAt, deviceIdOf);
  const found: string[] = [];
  for (const [name, type, help] of TABLE) {
    const family = samples.families.find((each) => each.name === name);
    assertEquals([family?.type, family?.help], [type, help], name);
    for (const { labels, value } of family?.samples ?? []) found.push(line(name, labels, value));
  }
  const [isFound, isWanted] = [new Set(found), new Set(wanted)];
  // Of ten thousand lines that differ the first few tell why.
  assertEquals(found.filter((each) => !isWanted.has(each)).slice(0, 5), []);
  assertEquals(wanted.filter((each) => !isFound.has(each)).slice(0, 5), []);
  assertEquals(found.length, wanted.length);
}

function seriesOf(
  { BackendState, Health, Version, TUN, Self, Peer, User }: SaidStatus,
  lookedAt: number,
  deviceIdOf: (nodeId: string) => string | undefined,
): string[] {
  const series = [
    line("tailscale_up", {}, BackendState === "Running" ? 1 : 0),
    line("tailscale_health_issues", {}, Health?.length ?? 0),
    line("tailscale_version_info", { version: Version, os: Self.OS, tun: `${TUN}` }, 1),
  ];
  for (const peer of Object.values(Peer ?? {})) {
    const name = peer.DNSName.replace(/\.$/, "");
    const labels = { peer_id: peer.ID, peer_name: name };
    const say = (what: string, value: number) =>
      series.push(line(`tailscale_peer_${what}`, labels, value));
    say("online", peer.Online ? 1 : 0);
    say("direct", peer.CurAddr === "" ? 0 : 1);
    say("active", peer.Active ? 1 : 0);
    say("rx_bytes_total", peer.RxBytes);
    say("tx_bytes_total", peer.TxBytes);
    if (peer.LastHandshake !== NEVER) {
      const handshakeAt = Math.floor(Date.parse(peer.LastHandshake) / 1000);
      say("last_handshake_seconds_ago", Math.max(0, lookedAt - handshakeAt));
    }
    const tags = (peer.Tags ?? []).map((tag) => tag.slice("tag:".length)).sort();
    const facts = {
      ...labels,
      device_id: deviceIdOf(peer.ID) ?? String(peer.NodeID),
      hostname: peer.HostName,
      dns_name: name,
      os: peer.OS,
      relay: peer.Relay,
      tailscale_ips: peer.TailscaleIPs.join(","),
      tags: tags.length === 0 ? "" : `,${tags.join(",")},`,
      user: User?.[peer.UserID]?.LoginName,
    };
    series.push(line("tailscale_peer_info", facts, 1));
  }
  return series;
}

/** One series as text; labels in the order of their names, empty ones left out. */
function line(
  name: string,
  labels: Readonly<Record<string, string | undefined>>,
  value: number,
): string {
  const pairs = Object.entries(labels).filter(([, text]) => (text ?? "") !== "").sort();
  return `${name}${JSON.stringify(pairs)} ${value}`;
}

/** The path of each peer by name, of `tailscale_peer_path`; fails unless each has exactly one. */
export function pathsOf(samples: Samples): Readonly<Record<string, string>> {
  const ids = samples.all("tailscale_peer_info").map(({ labels }) => labels["peer_name"] ?? "");
  return Object.fromEntries(
    ids.sort().map((peer_name) => {
      const states = samples.all("tailscale_peer_path", { peer_name });
      const [state, ...others] = states.filter(({ value }) => value !== 0);
      assertEquals([state?.value, others], [1, []], peer_name);
      return [peer_name, state?.labels["state"] ?? ""];
    }),
  );
}
