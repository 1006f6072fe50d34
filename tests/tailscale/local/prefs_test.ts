import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodePrefs, encodePrefs } from "../../../src/tailscale/local/prefs.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const REAL = fixtureText("localapi/prefs.json");

Deno.test("decodePrefs() reads real settings, and none of the keys beside them", () => {
  const prefs = decodePrefs(REAL);
  assertEquals(prefs, {
    wantRunning: true,
    isLoggedOut: false,
    controlUrl: "http://10.99.0.1:8080",
    hostname: "node-a",
    exitNodeId: undefined,
    acceptsRoutes: false,
    acceptsDns: false,
    runsSsh: false,
    runsWebClient: true,
    shieldsUp: false,
    tags: [],
    advertisedRoutes: [],
    operator: undefined,
    relayServerPort: undefined,
  });
  assert(!JSON.stringify(prefs).includes("priv"));
});

Deno.test("decodePrefs() reads what a plain node does not have", () => {
  const prefs = decodePrefs(JSON.stringify({
    WantRunning: false,
    AdvertiseTags: ["tag:a"],
    AdvertiseRoutes: ["10.0.0.0/8"],
    OperatorUser: "amelie",
    RelayServerPort: 40000,
    ExitNodeID: "n5",
  }));
  assertEquals([prefs.tags, prefs.advertisedRoutes, prefs.operator], [
    ["tag:a"],
    ["10.0.0.0/8"],
    "amelie",
  ]);
  assertEquals([prefs.relayServerPort, prefs.exitNodeId, prefs.wantRunning], [40000, "n5", false]);
});

Deno.test("decodePrefs() refuses what holds no settings", () => {
  for (const text of ["null", "[]", "{}", '{"WantRunning":1}']) {
    assertThrows(() => decodePrefs(text), TypeError, 'wanted an object with "WantRunning"');
  }
});

Deno.test("decodePrefs() reads anything", () => {
  fc.assert(fc.property(odd(REAL), (text) => {
    assertEquals(typeof (decoded(decodePrefs, text)?.wantRunning ?? true), "boolean");
  }));
});

Deno.test("encodePrefs() sets what is told and nothing else", () => {
  const cases = [
    [{}, "{}"],
    [{ wantRunning: false }, '{"WantRunning":false,"WantRunningSet":true}'],
    [{ runsWebClient: true }, '{"RunWebClient":true,"RunWebClientSet":true}'],
  ] as const;
  for (const [edit, text] of cases) assertEquals(encodePrefs(edit), text);
});
