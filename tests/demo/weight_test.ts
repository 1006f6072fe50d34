import { assert, assertEquals } from "@std/assert";
import { KINDS } from "../../src/demo/device_kind.ts";
import { PATHS, SIGNAL, type Slot, type Weight } from "../../src/demo/page_template.ts";
import { weigh } from "../../src/demo/weight.ts";

function factor(index: number, ...weights: readonly Weight[]): readonly number[] {
  const slots = weights.map((weight): Slot => ({ text: "", signal: SIGNAL.one, weight }));
  return [...weigh(slots, KINDS.server, 1, index)];
}

Deno.test("weigh() takes gauges as they are and silences what never moves", () => {
  assertEquals(factor(3, "plain", "zero"), [1, 0]);
});

Deno.test("weigh() spreads a device's whole traffic over its paths", () => {
  for (let index = 0; index < 50; index++) {
    const rates = factor(index, ...PATHS.map((path): Weight => `in_bytes_${path}`));
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    const size = total / KINDS.server.inboundRate;
    assert(size >= 0.4 - 1e-9 && size < 1.7 + 1e-9, `${size} times the kind's rate`);
    assert(rates.every((rate) => rate >= 0), `${rates}`);
  }
});

Deno.test("weigh() has devices of several sorts: direct, relayed, over IPv6, by a peer", () => {
  const of = (weight: Weight) =>
    Array.from({ length: 100 }, (_, index) => {
      const [part = 0, v4 = 0] = factor(index, weight, "in_bytes_direct_ipv4");
      return part / (part + v4);
    });
  const relayed = of("in_bytes_derp").filter((share) => share > 0.5).length;
  const overIpv6 = of("in_bytes_direct_ipv6").filter((share) => share > 0).length;
  const byPeer = of("in_bytes_peer_relay_ipv4").filter((share) => share > 0).length;
  assert(relayed > 5 && relayed < 40, `${relayed} relayed`);
  assert(overIpv6 > 30 && overIpv6 < 70, `${overIpv6} over IPv6`);
  assert(byPeer > 10 && byPeer < 45, `${byPeer} by a peer relay`);
});

Deno.test("weigh() keeps packets between 400 and 1500 bytes", () => {
  for (const path of PATHS) {
    for (const direction of ["in", "out"] as const) {
      const [bytes = 0, packets = 0] = factor(
        7,
        `${direction}_bytes_${path}`,
        `${direction}_packets_${path}`,
      );
      if (bytes > 0) assert(bytes / packets > 400 && bytes / packets < 1500);
    }
  }
});
