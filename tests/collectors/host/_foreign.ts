/**
 * Statuses with peers that are no machines of the tailnet: what a host with Funnel, sharing or the
 * Mullvad add-on is told.
 *
 * @module
 */

/** A peer as tailscaled describes one that it has not talked to. */
export function entryOf(
  at: number,
  name: string,
  address: string,
  fields: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    ID: `n${at}CNTRL`,
    NodeID: 1000 + at,
    PublicKey: `nodekey:${String(at).padStart(64, "0")}`,
    HostName: name.split(".")[0],
    DNSName: `${name}.`,
    OS: "linux",
    UserID: 11,
    TailscaleIPs: [address],
    CurAddr: "",
    Relay: "fra",
    PeerRelay: "",
    RxBytes: 0,
    TxBytes: 0,
    LastHandshake: "0001-01-01T00:00:00Z",
    Online: true,
    ExitNode: false,
    ExitNodeOption: false,
    Active: false,
    InNetworkMap: true,
    ...fields,
  };
}

/** Machines of the tailnet, reached directly: 100.64.0.1 and so on. */
export function machines(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from(
    { length: count },
    (_, at) =>
      entryOf(at + 1, `peer-${at + 1}.tail0000.ts.net`, `100.64.0.${at + 1}`, {
        CurAddr: `192.168.1.${at + 1}:41641`,
        Active: true,
      }),
  );
}

/** Funnel's ingress relays, every other one offline, and the phone of a sharee. */
export function funnelPeers(): readonly Readonly<Record<string, unknown>>[] {
  const relays = Array.from({ length: 6 }, (_, at) => ({
    ...entryOf(3000 + at, "funnel-ingress-node", `fd7a:115c:a1e0::a801:${at}`),
    DNSName: "",
    OS: "",
    Online: at % 2 === 1,
    Tags: ["tag:ingress"],
    ShareeNode: true,
  }));
  const phone = { ShareeNode: true, UserID: 77 };
  return [...relays, entryOf(14, "pixel.tail9999.ts.net", "100.64.0.14", phone)];
}

/** Mullvad's exit nodes: all online, none ever answers a ping. */
export function mullvadPeers(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `ch-zrh-wg-${String(at + 1).padStart(3, "0")}.mullvad.ts.net`;
    return entryOf(2001 + at, name, `100.70.${at >> 8}.${at & 255}`, {
      OS: "",
      Relay: "",
      ExitNodeOption: true,
      Tags: ["tag:mullvad-exit-node"],
    });
  });
}
