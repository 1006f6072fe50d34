/**
 * How fast each number of a device's page moves: its kind's rates, a random factor, and how its
 * traffic is spread over the paths to its peers.
 *
 * @module
 */

import type { KindFacts } from "./device_kind.ts";
import { type Path, PATHS, type Slot } from "./page_template.ts";
import { STREAM, unit } from "./random.ts";

/** Mean size of a data packet in bytes; packets that are received are larger than acks sent. */
const PACKET_BYTES = { in: 910, out: 640 } as const;

/** What the weights of traffic by path mean. */
const TRAFFIC: ReadonlyMap<string, Traffic> = new Map(
  (["in", "out"] as const).flatMap((direction) =>
    (["bytes", "packets"] as const).flatMap((noun) =>
      PATHS.map((path) => [`${direction}_${noun}_${path}`, { direction, noun, path }] as const)
    )
  ),
);

interface Traffic {
  readonly direction: "in" | "out";
  readonly noun: "bytes" | "packets";
  readonly path: Path;
}

/**
 * The factor of each slot, in their order.
 *
 * Shape: Slot[] (n) → Float64Array (n)
 * Units: bytes, packets or drops a second of average load.
 */
export function weigh(
  slots: readonly Slot[],
  facts: KindFacts,
  seed: number,
  index: number,
): Float64Array {
  const size = 0.4 + 1.3 * unit(seed, STREAM.rate, index);
  const shares = sharesOf(seed, index);
  const weights = new Float64Array(slots.length);
  slots.forEach(({ weight }, position) => {
    const traffic = TRAFFIC.get(weight);
    if (traffic === undefined) {
      weights[position] = weightOf(weight, facts, seed, index, position) * size;
    } else {
      const { direction, noun, path } = traffic;
      const rate = direction === "in" ? facts.inboundRate : facts.outboundRate;
      const bytes = rate * size * shares[path];
      weights[position] = noun === "bytes" ? bytes : bytes / PACKET_BYTES[direction];
    }
    if (weight === "plain") weights[position] = 1;
  });
  return weights;
}

/** A rate from the kind and a random factor of one series. */
function weightOf(
  weight: Slot["weight"],
  facts: KindFacts,
  seed: number,
  index: number,
  position: number,
): number {
  const luck = () => 0.2 + 1.6 * unit(seed, STREAM.rate, index, position);
  switch (weight) {
    case "in_drops":
      return 0.004 * luck();
    case "out_drops":
      return 0.001 * luck();
    case "relay_bytes":
      return 45_000;
    case "relay_packets":
      return 45_000 / PACKET_BYTES.in;
    case "serve_in":
      return 0.02 * facts.inboundRate * luck();
    case "serve_out":
      return 0.05 * facts.outboundRate * luck();
    default:
      return 0;
  }
}

/** Most devices speak to their peers directly, some mostly over the relays. */
function sharesOf(seed: number, index: number): Record<Path, number> {
  const relayed = unit(seed, STREAM.rate, index, 101) < 0.2 ? 0.7 : 0.03;
  const peerRelayed = unit(seed, STREAM.rate, index, 102) < 0.25 ? 0.1 : 0;
  const direct = 1 - relayed - peerRelayed;
  const overIpv6 = unit(seed, STREAM.rate, index, 103) < 0.5 ? 0 : 0.4;
  const shares = Object.fromEntries(PATHS.map((path) => [path, 0])) as Record<Path, number>;
  shares.derp = relayed;
  shares.direct_ipv4 = direct * (1 - overIpv6);
  shares.direct_ipv6 = direct * overIpv6;
  shares.peer_relay_ipv4 = peerRelayed;
  return shares;
}
