import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodePrefs, encodePrefs } from "../../../src/tailscale/local/prefs.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { decoded, odd } from "./_odd.ts";

const REAL = fixtureText("localapi/prefs.json");

Deno.test("decodePrefs() reads real settings, and none of the keys beside them", () => {
  assertEquals(decodePrefs(REAL), { wantRunning: true, exitNodeId: undefined });
  const chosen = JSON.stringify({ WantRunning: false, ExitNodeID: "n5" });
  assertEquals(decodePrefs(chosen), { wantRunning: false, exitNodeId: "n5" });
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
  const text = '{"WantRunning":false,"WantRunningSet":true}';
  assertEquals(encodePrefs({ wantRunning: false }), text);
});
