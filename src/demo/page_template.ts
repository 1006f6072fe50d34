/**
 * A device's metrics page as tailscaled writes it: families by name, TYPE before HELP, whole
 * numbers. The text between the numbers is made once for all devices of one shape.
 *
 * @module
 */

import { writeDigits } from "./digit.ts";
import { goQuote } from "./go_quote.ts";

/** What a page's numbers are made of, by position in {@linkcode Signals}. */
export const SIGNAL = {
  one: 0,
  inbound: 1,
  outbound: 2,
  relayed: 3,
  dropped: 4,
  advertisedRoutes: 5,
  approvedRoutes: 6,
  healthWarnings: 7,
  homeRegion: 8,
  relayConnecting: 9,
  relayOpen: 10,
  sessions: 11,
} as const;

/** One of the positions of {@linkcode SIGNAL}. */
export type Signal = typeof SIGNAL[keyof typeof SIGNAL];

/** The moving numbers of one device at one moment. */
export type Signals = Float64Array;

/** How many numbers {@linkcode Signals} holds. */
export const SIGNAL_COUNT = 12;

/** Which families and series a page has. */
export interface PageShape {
  /** Reasons of inbound drops that have happened. */
  readonly inboundDrops: readonly string[];
  /** Reasons of outbound drops that have happened. */
  readonly outboundDrops: readonly string[];
  /** Whether the device has run a peer relay. */
  readonly hasRelay: boolean;
  /** Names of Tailscale Services; undefined for a client that does not know the families. */
  readonly services: readonly string[] | undefined;
  /** Families that no client of today has. */
  readonly extra: "newer_family" | "own_names" | undefined;
}

/** One number of a page: `floor(weight × signal)`. */
export interface Slot {
  /** Everything between the number before and this one. */
  readonly text: string;
  /** What moves it. */
  readonly signal: Signal;
  /** Which rate of the device weighs it. */
  readonly weight: Weight;
}

/** What a slot's signal is multiplied by; the device knows how much that is. */
export type Weight =
  /** By 1: the signal is the number. */
  | "plain"
  /** By a rate in bytes a second. */
  | `${"in" | "out"}_bytes_${Path}`
  /** By a rate in packets a second. */
  | `${"in" | "out"}_packets_${Path}`
  /** By a rate of drops a second. */
  | `${"in" | "out"}_drops`
  /** By the rates of the peer relay. */
  | "relay_bytes"
  | "relay_packets"
  /** By the rates of the Tailscale Services. */
  | "serve_in"
  | "serve_out"
  /** By 0: the series is there and never moves. */
  | "zero";

/** How a packet reached its peer. */
export type Path = "derp" | "direct_ipv4" | "direct_ipv6" | "peer_relay_ipv4" | "peer_relay_ipv6";

/** All paths in the order of a page. */
export const PATHS: readonly Path[] = [
  "derp",
  "direct_ipv4",
  "direct_ipv6",
  "peer_relay_ipv4",
  "peer_relay_ipv6",
];

const FROM_PEERS = "Counts the number of ";
const SERVE_HELP =
  "peers on Serve connections for Tailscale Services, labeled by Tailscale Service name.";

/** Collects the text between two numbers. */
class SlotList {
  readonly slots: Slot[] = [];
  #text = "";

  family(name: string, type: "counter" | "gauge", help: string): void {
    this.#text += `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n`;
  }

  sample(series: string, signal: Signal, weight: Weight): void {
    this.slots.push({ text: `${this.#text}${series} `, signal, weight });
    this.#text = "\n";
  }

  end(): string {
    return this.#text;
  }
}

const ENCODER = new TextEncoder();

/** The most digits of a number that a page can have. */
const MAX_DIGITS = 16;

/** The page of all devices of one shape, without its numbers. */
export class PageTemplate {
  /** The numbers in the order of the page. */
  readonly slots: readonly Slot[];
  readonly #texts: readonly Uint8Array[];
  readonly #end: Uint8Array;
  readonly #scratch: Uint8Array<ArrayBuffer>;

  /** The template of a shape. */
  constructor(shape: PageShape) {
    const list = new SlotList();
    addFamilies(list, shape);
    this.slots = list.slots;
    this.#texts = list.slots.map(({ text }) => ENCODER.encode(text));
    this.#end = ENCODER.encode(list.end());
    const textLength = this.#texts.reduce((sum, text) => sum + text.length, this.#end.length);
    this.#scratch = new Uint8Array(textLength + MAX_DIGITS * list.slots.length);
  }

  /**
   * The page at one moment; the bytes are the caller's.
   *
   * @param weights One factor for each slot, in their order.
   */
  render(signals: Signals, weights: Float64Array): Uint8Array<ArrayBuffer> {
    const bytes = this.#scratch;
    let offset = 0;
    for (let index = 0; index < this.slots.length; index++) {
      const text = this.#texts[index] as Uint8Array;
      bytes.set(text, offset);
      const { signal } = this.slots[index] as Slot;
      const value = Math.floor((signals[signal] as number) * (weights[index] as number));
      offset = writeDigits(bytes, offset + text.length, value);
    }
    bytes.set(this.#end, offset);
    return bytes.slice(0, offset + this.#end.length);
  }
}

function addFamilies(list: SlotList, shape: PageShape): void {
  if (shape.extra === "own_names") {
    const name = "tailscale_device_online";
    list.family(name, "gauge", "A device cannot speak for the API.");
    list.sample(`${name}{device_id="1",device_name="spoofed"}`, SIGNAL.one, "plain");
  }
  list.family(
    "tailscaled_advertised_routes",
    "gauge",
    "Number of advertised network routes (e.g. by a subnet router)",
  );
  list.sample("tailscaled_advertised_routes", SIGNAL.advertisedRoutes, "plain");
  list.family(
    "tailscaled_approved_routes",
    "gauge",
    "Number of approved network routes (e.g. by a subnet router)",
  );
  list.sample("tailscaled_approved_routes", SIGNAL.approvedRoutes, "plain");
  list.family(
    "tailscaled_health_messages",
    "gauge",
    "Number of health messages broken down by type.",
  );
  list.sample('tailscaled_health_messages{type="warning"}', SIGNAL.healthWarnings, "plain");
  list.family(
    "tailscaled_home_derp_region_id",
    "gauge",
    "DERP region ID of this node's home relay server",
  );
  list.sample("tailscaled_home_derp_region_id", SIGNAL.homeRegion, "plain");
  addPaths(list, "in", "bytes", "bytes received from");
  addDrops(list, "in", shape.inboundDrops, "dropped packets received by the node from other peers");
  addPaths(list, "in", "packets", "packets received from");
  addPaths(list, "out", "bytes", "bytes sent to");
  addDrops(list, "out", shape.outboundDrops, "packets dropped while being sent to other peers");
  addPaths(list, "out", "packets", "packets sent to");
  if (shape.hasRelay) addRelay(list);
  if (shape.services !== undefined) {
    addServe(list, "in", "received from", shape.services);
    addServe(list, "out", "sent to", shape.services);
  }
  if (shape.extra === "newer_family") {
    const name = "tailscaled_wireguard_sessions";
    list.family(name, "gauge", "Number of WireGuard sessions broken down by state.");
    list.sample(`${name}{state="established"}`, SIGNAL.sessions, "plain");
    list.sample(`${name}{state="expired"}`, SIGNAL.healthWarnings, "plain");
  }
  if (shape.extra === "own_names") {
    list.family("tsmetrics_api_up", "gauge", "A device cannot speak for the exporter.");
    list.sample("tsmetrics_api_up", SIGNAL.one, "zero");
    list.family("up", "gauge", "A device cannot speak for the server.");
    list.sample("up", SIGNAL.one, "zero");
  }
}

function addPaths(
  list: SlotList,
  direction: "in" | "out",
  noun: "bytes" | "packets",
  verb: string,
): void {
  const name = `tailscaled_${direction}bound_${noun}_total`;
  list.family(name, "counter", `${FROM_PEERS}${verb} other peers`);
  for (const path of PATHS) {
    const signal = path === "derp"
      ? SIGNAL.relayed
      : direction === "in"
      ? SIGNAL.inbound
      : SIGNAL.outbound;
    list.sample(`${name}{path=${goQuote(path)}}`, signal, `${direction}_${noun}_${path}`);
  }
}

function addDrops(
  list: SlotList,
  direction: "in" | "out",
  reasons: readonly string[],
  help: string,
): void {
  const name = `tailscaled_${direction}bound_dropped_packets_total`;
  list.family(name, "counter", `${FROM_PEERS}${help}`);
  for (const reason of reasons) {
    list.sample(`${name}{reason=${goQuote(reason)}}`, SIGNAL.dropped, `${direction}_drops`);
  }
}

function addRelay(list: SlotList): void {
  const endpoints = "tailscaled_peer_relay_endpoints";
  list.family(endpoints, "gauge", "Number of allocated Peer Relay endpoints");
  list.sample(`${endpoints}{state="connecting"}`, SIGNAL.relayConnecting, "plain");
  list.sample(`${endpoints}{state="open"}`, SIGNAL.relayOpen, "plain");
  for (const noun of ["bytes", "packets"] as const) {
    const name = `tailscaled_peer_relay_forwarded_${noun}_total`;
    list.family(name, "counter", `Number of ${noun} forwarded via Peer Relay`);
    for (const from of ["udp4", "udp6"]) {
      for (const to of ["udp4", "udp6"]) {
        list.sample(
          `${name}{transport_in=${goQuote(from)},transport_out=${goQuote(to)}}`,
          SIGNAL.relayed,
          from === "udp4" && to === "udp4" ? `relay_${noun}` : "zero",
        );
      }
    }
  }
}

function addServe(
  list: SlotList,
  direction: "in" | "out",
  verb: string,
  services: readonly string[],
): void {
  const name = `tailscaled_serve_${direction}bound_bytes_total`;
  list.family(name, "counter", `Bytes ${verb} ${SERVE_HELP}`);
  for (const service of services.toSorted()) {
    list.sample(
      `${name}{service=${goQuote(service)}}`,
      direction === "in" ? SIGNAL.inbound : SIGNAL.outbound,
      `serve_${direction}`,
    );
  }
}
