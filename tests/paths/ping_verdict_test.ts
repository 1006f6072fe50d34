import { assertEquals } from "@std/assert";
import {
  pathOfPing,
  PING_PATHS,
  type PingAnswer,
  verdictOf,
} from "../../src/paths/ping_verdict.ts";

const ANSWERS:
  readonly (readonly [Omit<PingAnswer, "latencySeconds">, string, string | undefined])[] = [
    [{ endpoint: "10.99.0.12:41641" }, "direct_v4", "direct"],
    [{ endpoint: "[2001:db8::1]:41641" }, "direct_v6", "direct"],
    [{ peerRelay: "10.99.0.13:40000:vni:1" }, "peer_relay", "peer_relay"],
    [{ derpRegionId: 999 }, "derp", "derp"],
    [{ endpoint: "10.99.0.12:41641", derpRegionId: 999 }, "direct_v4", "direct"],
    [{ endpoint: "nonsense", derpRegionId: 999 }, "unknown", undefined],
    [{}, "unknown", undefined],
  ];

for (const [answer, path, verdict] of ANSWERS) {
  Deno.test(`pathOfPing() and verdictOf() read ${JSON.stringify(answer)}`, () => {
    const whole = { latencySeconds: 0.001, ...answer };
    assertEquals([pathOfPing(whole), verdictOf(whole)], [path, verdict] as never);
    assertEquals(PING_PATHS.includes(pathOfPing(whole)), true);
  });
}

Deno.test("verdictOf() takes no answer for a peer that is out of reach", () => {
  assertEquals(verdictOf(undefined), "none");
});
