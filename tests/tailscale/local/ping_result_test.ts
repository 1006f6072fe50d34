import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodePing } from "../../../src/tailscale/local/ping_result.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const DIRECT = fixtureText("localapi/ping-disco-direct.json");

Deno.test("decodePing() reads real answers", () => {
  const cases = [
    ["disco-direct", {
      outcome: "answered",
      latencySeconds: 0.000327067,
      endpoint: "10.99.0.12:41641",
    }],
    ["disco-derp", {
      outcome: "answered",
      latencySeconds: 0.000581627,
      derpRegionId: 999,
      derpRegionCode: "lab",
    }],
    ["no-peer", { outcome: "refused", reason: "no matching peer" }],
  ] as const;
  for (const [name, wanted] of cases) {
    assertEquals<unknown>(decodePing(fixtureText(`localapi/ping-${name}.json`)), wanted);
  }
});

Deno.test("decodePing() tells a peer relay, and no path for pings that do not", () => {
  const peerRelay = "10.99.0.13:40000:vni:1";
  const text = JSON.stringify({ LatencySeconds: 0.1, PeerRelay: peerRelay, DERPRegionID: 0 });
  assertEquals(decodePing(text), { outcome: "answered", latencySeconds: 0.1, peerRelay });
  const bare = '{"LatencySeconds":0.0055,"PeerAPIPort":46590}';
  assertEquals(decodePing(bare), { outcome: "answered", latencySeconds: 0.0055 });
});

Deno.test("decodePing() refuses what is no result", () => {
  for (const text of ["null", "[]", '"done"']) {
    assertThrows(() => decodePing(text), TypeError, "wanted an object");
  }
  for (const text of ["{}", '{"LatencySeconds":"1"}', '{"LatencySeconds":-1}']) {
    assertThrows(() => decodePing(text), TypeError, 'wanted seconds in "LatencySeconds"');
  }
  assertThrows(() => decodePing("pong"), SyntaxError);
});

Deno.test("decodePing() reads anything", () => {
  fc.assert(fc.property(odd(DIRECT), (text) => {
    const result = decoded(decodePing, text);
    return result?.outcome !== "answered" || result.latencySeconds >= 0;
  }));
});
