/**
 * A device as a control plane describes it: the fields we use, under the names of Tailscale's API.
 * A field that the API left out, sent as null or sent empty is `undefined` here: unknown is never a
 * value.
 *
 * @module
 */

/** A DERP region that a device has measured; one object for all devices. */
export interface DerpRegion {
  /** Its name, "Frankfurt". */
  readonly name: string;
  /** Whether it is the device's home region. */
  readonly isPreferred: boolean;
}

/** A feature of a device's network that the API reports on, by our label value. */
export type ClientFeature = "hairpinning" | "ipv6" | "pcp" | "pmp" | "udp" | "upnp";

/** What a device's client knows about its own network. */
export interface ClientConnectivity {
  /** Number of magicsock endpoints; undefined where the list is absent. */
  readonly endpointCount: number | undefined;
  /** Whether the NAT maps differently by destination ("hard" NAT). */
  readonly mappingVariesByDestIp: boolean | undefined;
  /** The DERP regions measured; one list for all devices that have measured the same. */
  readonly regions: readonly DerpRegion[];
  /** Round-trip time to each of them, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Only the features that the API knows to be there or not. */
  readonly supports: ReadonlyMap<ClientFeature, boolean>;
}

/** One device of a tailnet. */
export interface Device {
  /** The API's `id`: decimal digits, beyond 2^53 too. */
  readonly id: string;
  /** The API's `nodeId`, "n292kg92CNTRL". */
  readonly nodeId: string | undefined;
  /** Public node key, "nodekey:…"; another one after each login. */
  readonly nodeKey: string | undefined;
  /** MagicDNS name without a trailing dot; of headscale the short name. */
  readonly name: string;
  /** The machine's own host name; not unique. */
  readonly hostname: string | undefined;
  /** Tailscale addresses as sent. */
  readonly addresses: readonly string[];
  /** Login name of the owner, or "tagged-devices". */
  readonly user: string | undefined;
  /** Tags with their prefix, "tag:exporter". */
  readonly tags: readonly string[];
  /** "linux", "macOS", "iOS" … */
  readonly os: string | undefined;
  /** Client version as sent, "1.102.3-t6fe…". */
  readonly clientVersion: string | undefined;
  /** Whether the device is connected to the control plane now. */
  readonly connectedToControl: boolean | undefined;
  /** Unix seconds; absent while connected. */
  readonly lastSeenSeconds: number | undefined;
  /** Unix seconds. */
  readonly createdSeconds: number | undefined;
  /** Unix seconds at which the node key expires; absent when it never does. */
  readonly expiresSeconds: number | undefined;
  /** Whether key expiry is switched off. */
  readonly keyExpiryDisabled: boolean | undefined;
  /** Whether the device has been approved. */
  readonly authorized: boolean | undefined;
  /** Whether the device was shared in from another tailnet. */
  readonly isExternal: boolean | undefined;
  /** Whether the device is ephemeral. */
  readonly isEphemeral: boolean | undefined;
  /** Whether a newer client is there for it. */
  readonly updateAvailable: boolean | undefined;
  /** Whether the device refuses incoming connections ("shields up"). */
  readonly blocksIncomingConnections: boolean | undefined;
  /** Whether several machines use this node key; the API sends it only when true. */
  readonly multipleConnections: boolean | undefined;
  /** What is wrong with tailnet lock; "" when the API says that nothing is. */
  readonly tailnetLockError: string | undefined;
  /** CIDRs the device offers; undefined where the API sent no list. */
  readonly advertisedRoutes: readonly string[] | undefined;
  /** CIDRs approved; undefined where the API sent no list. */
  readonly enabledRoutes: readonly string[] | undefined;
  /**
   * CIDRs approved and offered that the device serves now; of several routers of one network only
   * the primary does. undefined where the API sent no list.
   */
  readonly primaryRoutes: readonly string[] | undefined;
  /** Network facts; undefined where the API sent none. */
  readonly connectivity: ClientConnectivity | undefined;
  /** Number of serial numbers; undefined where posture identity is off. */
  readonly serialNumberCount: number | undefined;
}

/** An entry of the device list that could not be used. */
export interface RejectedDevice {
  /** Position in the list, from 0. */
  readonly index: number;
  /** What was wrong and what was wanted. */
  readonly reason: string;
}

/** A decoded device list. */
export interface DeviceList {
  /** Usable devices, in the API's order; an id listed twice is here once. */
  readonly devices: readonly Device[];
  /** The others. */
  readonly rejected: readonly RejectedDevice[];
}
