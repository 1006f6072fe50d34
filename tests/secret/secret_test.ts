import { assertEquals } from "@std/assert";
import { inspect } from "node:util";
import { loginSecrets, Secret } from "../../src/secret/secret.ts";

const CANARY = "canary-51ce";

Deno.test("Secret.reveal() gives the value", () => {
  assertEquals(new Secret(CANARY).reveal(), CANARY);
});

type Show = (secret: Secret) => string;

/** The ways in which a holder of a secret gets printed. */
const SHOWN: readonly (readonly [name: string, show: Show, expected: string])[] = [
  ["String()", (secret) => String(secret), "[redacted]"],
  ["a template", (secret) => `${secret}`, "[redacted]"],
  ["+", (secret) => "" + secret, "[redacted]"],
  ["JSON.stringify()", (secret) => JSON.stringify({ secret }), '{"secret":"[redacted]"}'],
  ["Deno.inspect()", (secret) => Deno.inspect({ secret }), "{ secret: [redacted] }"],
  ["node:util", (secret) => inspect({ secret }), "{ secret: [redacted] }"],
  ["an error", (secret) => new Error(`Bad ${secret}`).message, "Bad [redacted]"],
  ["Object.entries()", (secret) => JSON.stringify(Object.entries(secret)), "[]"],
  ["a spread copy", (secret) => JSON.stringify({ ...secret }), "{}"],
  [
    "Deno.inspect() with everything on",
    (secret) => Deno.inspect({ secret }, { showHidden: true, depth: 9, getters: true }),
    "{ secret: [redacted] }",
  ],
];
for (const [name, show, expected] of SHOWN) {
  Deno.test(`Secret hides its value from ${name}`, () => {
    assertEquals(show(new Secret(CANARY)), expected);
  });
}

Deno.test("loginSecrets() gives password, what goes onto the wire, and a long user name", () => {
  const values = (username: string, password: string) =>
    loginSecrets(username, password).map((secret) => secret.reveal());
  assertEquals(values("user", "pässword"), ["pässword", "dXNlcjpww6Rzc3dvcmQ="]);
  assertEquals(values("username", "p"), ["username", "p", "dXNlcm5hbWU6cA=="]);
});
