/**
 * What is asked of one simulated device: its name, kind, traits and what is wrong with its
 * page; and of the API, what is wrong with it.
 *
 * @module
 */

import type { Kind } from "./device_kind.ts";

/** A trait: what distinguishes a device from others of its kind. */
export type Trait =
  /** Shared in from another tailnet: the API tells much less about it. */
  | "shared_in"
  /** Ephemeral: removed after it has been offline for a while. */
  | "ephemeral"
  /** The node key expired two days ago, and the device has been offline since. */
  | "key_expired"
  /** The node key expires within three days. */
  | "key_expiring"
  /** The node key never expires. */
  | "key_expiry_disabled"
  /** Tailnet Lock reports an error. */
  | "lock_error"
  /** Waits for approval. */
  | "unauthorized"
  /** An old client. */
  | "update_available"
  /** Several machines use the same node key. */
  | "multiple_connections"
  /** Offline for hours. */
  | "offline"
  /** Was created and never connected. */
  | "never_online"
  /** Has no IPv4 address. */
  | "ipv6_only"
  /** Sits behind a NAT that maps differently by destination. */
  | "hard_nat"
  /** Serves as a peer relay. */
  | "peer_relay"
  /** Hosts Tailscale Services. */
  | "services"
  /** Has neither tags nor an owner. */
  | "untagged"
  /** The web client is not switched on. */
  | "no_metrics"
  /** Refuses incoming connections. */
  | "shields_up"
  /** Has a family that no released client has. */
  | "newer_family"
  /** Its page has families named like the exporter's own. */
  | "own_names"
  /** Never loses its connection and never warns. */
  | "steady"
  /** Offline when the demo starts, and back a minute later: an alert that fires. */
  | "offline_at_start"
  /** Back just before the demo starts: an alert that is resolved within the first minute. */
  | "back_at_start"
  /** Offline since just before the demo starts: an alert that fires within the first minute. */
  | "failing_at_start";

/** How the scrape of a device fails. */
export type PageFault =
  /** Accepts the request and never answers. */
  | "hang"
  /** Answers with its page, one line of which is broken. */
  | "bad_line"
  /** Answers with a web page. */
  | "html"
  /** Answers with status 500. */
  | "status"
  /** Answers with a redirect to another address. */
  | "redirect"
  /** Answers with nothing. */
  | "empty"
  /** Answers with bytes of no text. */
  | "binary"
  /** Answers with its page, one label value of which is not UTF-8. */
  | "invalid_utf8"
  /** Breaks the connection in the middle of the page. */
  | "cut"
  /** Answers with a million series. */
  | "huge"
  /** Cannot be reached, although the API says it is online. */
  | "unreachable";

/** How the API misbehaves. */
export type ApiFault =
  /** 401: the token is not known. */
  | "unauthorized"
  /** 403: the token lacks a scope. */
  | "forbidden"
  /** 404: no such tailnet. */
  | "not_found"
  /** 429 with `Retry-After: 1`. */
  | "rate_limited"
  /** 500. */
  | "server"
  /** 200 with a web page. */
  | "html"
  /** 200 with half of the list. */
  | "cut"
  /** 200 with a body beyond any limit. */
  | "huge"
  /** No answer at all. */
  | "hang";

/** One device to simulate. */
export interface DeviceSpec {
  /** Short name, or a whole MagicDNS name; made unique by "-1", "-2" … */
  readonly name: string;
  /** Kind of device. */
  readonly kind: Kind;
  /** Its traits. */
  readonly traits?: readonly Trait[];
  /** Its initial fault. */
  readonly fault?: PageFault;
}
