import { assertEquals } from "@std/assert";
import { createTokenCheck } from "../../../src/http/auth/token_check.ts";
import { Secret } from "../../../src/secret/secret.ts";

const TOKEN = "canary-token-0123456789";

Deno.test("createTokenCheck() takes the token and nothing else", () => {
  const check = createTokenCheck(new Secret(TOKEN));
  const cases: readonly (readonly [header: string | null, isTaken: boolean])[] = [
    [`Bearer ${TOKEN}`, true],
    [`bearer ${TOKEN}`, true],
    [`BEARER   ${TOKEN}`, true],
    [null, false],
    ["", false],
    ["Bearer", false],
    ["Bearer ", false],
    [TOKEN, false],
    [`Bearer${TOKEN}`, false],
    [`Bearer ${TOKEN}x`, false],
    [`Bearer ${TOKEN.slice(0, -1)}`, false],
    [`Bearer ${TOKEN.toUpperCase()}`, false],
    [`Bearer ${TOKEN} ${TOKEN}`, false],
    [`Bearer ${TOKEN}, Bearer ${TOKEN}`, false],
    [`Basic ${TOKEN}`, false],
    [`xBearer ${TOKEN}`, false],
    [`Bearer [redacted]`, false],
  ];
  for (const [header, isTaken] of cases) assertEquals(check(header), isTaken, `${header}`);
});

Deno.test("createTokenCheck() takes a token of a base64 generator", () => {
  const check = createTokenCheck(new Secret("q8x/+3Zk2w=="));
  assertEquals(check("Bearer q8x/+3Zk2w=="), true);
  assertEquals(check("Bearer q8x/+3Zk2w="), false);
});

Deno.test("createTokenCheck() compares bytes, not characters, where the token is not ASCII", () => {
  const check = createTokenCheck(new Secret("schlüssel"));
  const sent = String.fromCharCode(...new TextEncoder().encode("schlüssel"));
  assertEquals(check(`Bearer ${sent}`), true);
  assertEquals(check("Bearer schlüssel"), false);
});
