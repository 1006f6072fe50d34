import { assertEquals, assertThrows } from "@std/assert";
import { readKeyExpiry } from "../../src/headscale/api_key.ts";
import { Secret } from "../../src/secret/secret.ts";

const KEY = new Secret("hskey-api-0123456789ab-canary");
const SECONDS = Date.parse("2027-01-31T12:00:00Z") / 1000;

function expiryOf(...apiKeys: readonly unknown[]): number | undefined {
  return readKeyExpiry(JSON.stringify({ apiKeys }), KEY);
}

const OTHER = { prefix: "hskey-api-ba9876543210-***", expiration: "2030-01-01T00:00:00Z" };

Deno.test("readKeyExpiry() finds the key in use among others", () => {
  const own = { prefix: "hskey-api-0123456789ab-***", expiration: "2027-01-31T12:00:00.298Z" };
  assertEquals(expiryOf(OTHER, own), SECONDS);
  const old = { prefix: "abcdefg", expiration: "2027-01-31T12:00:00Z" };
  const keys = JSON.stringify({ apiKeys: [OTHER, old] });
  assertEquals(readKeyExpiry(keys, new Secret("abcdefg.0123456789")), SECONDS);
});

Deno.test("readKeyExpiry() knows nothing where the list does not tell", () => {
  assertEquals(expiryOf(), undefined);
  assertEquals(expiryOf(OTHER), undefined);
  assertEquals(expiryOf({ prefix: "hskey-api-0123456789ab-***", expiration: null }), undefined);
  // too short to name one key
  for (const prefix of ["", "***", "hskey", 7, null]) {
    assertEquals(expiryOf({ prefix, expiration: "2027-01-31T12:00:00Z" }), undefined);
  }
  for (const text of ["{}", "[]", '{"apiKeys":{}}', '{"apiKeys":[7,null]}']) {
    assertEquals(readKeyExpiry(text, KEY), undefined, text);
  }
  assertThrows(() => readKeyExpiry("<html>", KEY), SyntaxError);
});
