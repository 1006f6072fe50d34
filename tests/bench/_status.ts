/**
 * A status of tailscaled with as many peers as wanted, as its LocalAPI writes it.
 *
 * @module
 */

/** One peer, as `PeerStatus` has it; one in ten is active, and says something new in each cycle. */
export function benchPeer(index: number, cycle = 0): Record<string, unknown> {
  const address = `100.64.${index >> 8}.${index & 255}`;
  const isActive = index % 10 === 0;
  const never = "0001-01-01T00:00:00Z";
  return {
    ID: `n${index}kg92CNTRL`,
    NodeID: 8_000_000_000_000_000 + index,
    PublicKey: `nodekey:${index.toString(16).padStart(64, "0")}`,
    HostName: `host-${index}`,
    DNSName: `host-${index}.tailfe8c.ts.net.`,
    OS: "linux",
    UserID: 1_234_567_890 + index % 500,
    TailscaleIPs: [address, `fd7a:115c:a1e0::${index.toString(16)}`],
    AllowedIPs: [`${address}/32`, `fd7a:115c:a1e0::${index.toString(16)}/128`],
    Tags: ["tag:server"],
    Addrs: null,
    CurAddr: isActive ? `199.9.14.${index & 255}:41641` : "",
    Relay: "fra",
    PeerRelay: "",
    RxBytes: index * 1_000 + (isActive ? cycle * 1_500 : 0),
    TxBytes: index * 999 + (isActive ? cycle * 1_400 : 0),
    Created: "2026-11-21T03:57:25.877725279Z",
    LastWrite: isActive ? "2026-11-21T04:23:51.705213802Z" : never,
    LastSeen: never,
    LastHandshake: isActive ? "2026-11-21T04:23:47.589001893Z" : never,
    Online: true,
    ExitNode: false,
    ExitNodeOption: false,
    Active: isActive,
    PeerAPIURL: [`http://${address}:34152`, `http://[fd7a:115c:a1e0::${index}]:34152`],
    TaildropTarget: 1,
    NoFileSharingReason: "",
    InNetworkMap: true,
    InMagicSock: true,
    InEngine: isActive,
    KeyExpiry: "2027-05-20T03:57:25Z",
  };
}

/** The bytes of a status, indented by tabs as tailscaled does. */
export function benchStatus(peerCount: number, cycle = 0): Uint8Array {
  const peers = Array.from({ length: peerCount }, (_, index) => benchPeer(index, cycle));
  const users = Array.from({ length: 500 }, (_, at) => {
    const id = 1_234_567_890 + at;
    return [id, { ID: id, LoginName: `user${at}@example.com` }];
  });
  const status = {
    Version: "1.102.3",
    BackendState: "Running",
    Self: benchPeer(peerCount),
    Health: [],
    Peer: Object.fromEntries(peers.map((each) => [each.PublicKey, each])),
    User: Object.fromEntries(users),
  };
  return new TextEncoder().encode(JSON.stringify(status, null, "\t"));
}
