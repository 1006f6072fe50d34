/**
 * What changed between two snapshots: one discriminated union. A change holds the snapshots' own
 * objects, no copies; its kind tells which aspect of them changed. Types only.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import type { DeviceScrape } from "./device_scrape.ts";
import type { NodeState } from "../own_node/node_status.ts";
import type { HostFacts, PeerFacts, WatchdogAction } from "./host_facts.ts";
import type { OwnNodeFacts } from "./own_node_facts.ts";
import type { ApiFacts, KnownDevice, TailnetFacts } from "./tailnet_facts.ts";

/** What all changes have. */
export interface ChangeOf<Kind extends string, Before, After = Before> {
  /** Which aspect changed, and to what. */
  readonly kind: Kind;
  /** What changed: the key of a tailnet, a device, a host or a peer. */
  readonly key: string;
  /** As it was. */
  readonly before: Before;
  /** As it is. */
  readonly after: After;
  /** When it changed or was seen to have changed, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Changes of one device between two device lists, but for its routes. */
export type DeviceChangeKind =
  /** Another name in the tailnet. */
  | "device_renamed"
  /** Another node key: it logged in again. */
  | "device_rekeyed"
  /** Connected to the control plane. */
  | "device_online"
  /** No longer connected to the control plane. */
  | "device_offline"
  /** The node key expires within 14 days. */
  | "key_expiring"
  /** The node key has expired. */
  | "key_expired"
  /** The node key no longer expires soon: it was renewed, or expiry was disabled. */
  | "key_valid"
  /** A newer client is available. */
  | "update_available"
  /** The client is up to date. */
  | "update_installed"
  /** Tailnet Lock reports an error, or another one than before. */
  | "lock_error"
  /** Tailnet Lock no longer reports an error. */
  | "lock_ok";

/** Changes of a device's routes. */
export type RouteChangeKind =
  /** The device offers more routes. */
  | "routes_offered"
  /** The device offers fewer routes. */
  | "routes_withdrawn"
  /** More routes are approved. */
  | "routes_approved"
  /** Fewer routes are approved. */
  | "routes_unapproved";

/** Some routes of a device changed. */
export interface RouteChange extends ChangeOf<RouteChangeKind, KnownDevice> {
  /** The routes that were added or removed; never empty. */
  readonly routes: readonly string[];
}

/** Other properties of a device changed. */
export interface PropertyChange extends ChangeOf<"device_changed", KnownDevice> {
  /** The properties; never empty. */
  readonly properties: readonly (keyof Device)[];
}

/** A change of a tailnet or of one of its devices. */
export type TailnetChange =
  /** The first device list: its devices are known now, which does not mean that they joined. */
  | ChangeOf<"tailnet_known", undefined, TailnetFacts>
  /** The API answers again. */
  | ChangeOf<"api_answers", ApiFacts>
  /** The API does not answer, or fails in another way than before. */
  | ChangeOf<"api_fails", ApiFacts>
  /** A device that was not in the list before. */
  | ChangeOf<"device_joined", undefined, KnownDevice>
  /** A device that is no longer in the list, or no longer passes the filter. */
  | ChangeOf<"device_left", KnownDevice, undefined>
  | ChangeOf<DeviceChangeKind, KnownDevice>
  | RouteChange
  | PropertyChange
  /** The device's metrics can be read. */
  | ChangeOf<"metrics_readable", DeviceScrape>
  /** The device's metrics cannot be read, or for another reason than before. */
  | ChangeOf<"metrics_unreadable", DeviceScrape>
  /** The device is selected for scraping and waits for its first scrape. */
  | ChangeOf<"metrics_pending", DeviceScrape>;

/** A change of a host or of one of its peers. */
export type HostChange =
  /** The first list of peers: they are known now, which does not mean that they are new. */
  | ChangeOf<"host_known", undefined, HostFacts>
  /** tailscaled answers again. */
  | ChangeOf<"tailscaled_answers", HostFacts>
  /** tailscaled does not answer. */
  | ChangeOf<"tailscaled_silent", HostFacts>
  /** tailscaled is in another state. */
  | ChangeOf<"backend_changed", HostFacts>
  /** Packets to a peer take another path; undefined on the side where there was no such peer. */
  | ChangeOf<"peer_path_changed", PeerFacts | undefined>
  /** The watchdog did something; `before` is its previous action, if known. */
  | ChangeOf<"watchdog_acted", WatchdogAction | undefined, WatchdogAction>;

/** Our own node went into a state: one kind for each, such as `own_node_key_expired`. */
export type OwnNodeChange = ChangeOf<
  `own_node_${NodeState}`,
  OwnNodeFacts | undefined,
  OwnNodeFacts
>;

/** A change. */
export type Change = TailnetChange | HostChange | OwnNodeChange;
