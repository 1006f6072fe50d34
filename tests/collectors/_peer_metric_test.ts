import { assertEquals } from "@std/assert";
import { PEERS_METRICS } from "../../src/collectors/_peer_metric.ts";
import { FamilyTable } from "../../src/exposition/mod.ts";

/** What scripts have written into textfile directories for years; dashboards go by it. */
const KNOWN = `
tailscale_up | gauge | 1 if Running, 0 otherwise
tailscale_health_issues | gauge | Number of health issues
tailscale_version_info | gauge | Version info with labels
tailscale_peer_online | gauge | Per-peer: 1 if online
tailscale_peer_direct | gauge | Per-peer: 1 if direct connection
tailscale_peer_active | gauge | Per-peer: 1 if active traffic
tailscale_peer_rx_bytes_total | counter | Per-peer: bytes received
tailscale_peer_tx_bytes_total | counter | Per-peer: bytes transmitted
tailscale_peer_last_handshake_seconds_ago | gauge | Per-peer: seconds since handshake
tailscale_peer_info | gauge | Per-peer: metadata labels
`;

Deno.test("PEERS_METRICS has the ten that are known out there, to the letter", () => {
  const lines = PEERS_METRICS.map(({ name, type, help }) => `${name} | ${type} | ${help}`);
  for (const line of KNOWN.trim().split("\n")) assertEquals(lines.includes(line), true, line);
});

Deno.test("PEERS_METRICS begins each peer's labels with peer_id and peer_name", () => {
  const peers = PEERS_METRICS.filter(({ name }) => name.startsWith("tailscale_peer_"));
  assertEquals(peers.length > 0, true);
  for (const { name, labels } of peers) {
    assertEquals(labels.slice(0, 2), ["peer_id", "peer_name"], name);
  }
});

Deno.test("PEERS_METRICS can stand on one page", () => {
  assertEquals(new FamilyTable(PEERS_METRICS).size, PEERS_METRICS.length);
});
