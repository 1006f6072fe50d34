import { assertEquals } from "@std/assert";
import { EXPIRING_MS, expiryMs, keyStateAt, keyTransitions } from "../../src/facts/key_state.ts";
import { makeDevice } from "../devices/_device.ts";

Deno.test("expiryMs() is Infinity for a key that does not expire", () => {
  assertEquals(expiryMs(makeDevice({ expiresSeconds: 7 })), 7_000);
  assertEquals(expiryMs(makeDevice({})), Infinity);
  assertEquals(expiryMs(makeDevice({ expiresSeconds: 7, keyExpiryDisabled: true })), Infinity);
});

Deno.test("keyStateAt() changes exactly at its thresholds", () => {
  const expiresMs = 100 * 86_400_000;
  const states = [expiresMs - EXPIRING_MS - 1, expiresMs - EXPIRING_MS, expiresMs - 1, expiresMs]
    .map((atMs) => keyStateAt(expiresMs, atMs));
  assertEquals(states, ["valid", "expiring", "expiring", "expired"]);
  assertEquals(keyStateAt(Infinity, 8.64e15), "valid");
});

Deno.test("keyTransitions() of a new expiry, or a clock set back, is the new state only", () => {
  const expiresMs = 100 * 86_400_000;
  const old = { expiresMs, atMs: 0 };
  assertEquals(keyTransitions(old, { expiresMs: 5, atMs: 7 }), [{ state: "expired", atMs: 7 }]);
  assertEquals(keyTransitions({ expiresMs: 5, atMs: 7 }, { expiresMs, atMs: 9 }), [
    { state: "valid", atMs: 9 },
  ]);
  assertEquals(keyTransitions({ expiresMs, atMs: expiresMs }, { expiresMs, atMs: expiresMs - 1 }), [
    { state: "expiring", atMs: expiresMs - 1 },
  ]);
  assertEquals(keyTransitions(old, { expiresMs: Infinity, atMs: expiresMs }), []);
});
