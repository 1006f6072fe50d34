import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLogin } from "../../../src/http/auth/_login.ts";

function basic(text: string): string {
  return `Basic ${new TextEncoder().encode(text).toBase64()}`;
}

Deno.test("readLogin() reads name and password", () => {
  const login = { name: "ann", password: "secret" };
  for (
    const header of [
      basic("ann:secret"),
      "basic YW5uOnNlY3JldA==",
      "BASIC   YW5uOnNlY3JldA==",
      "Basic YW5uOnNlY3JldA",
    ]
  ) assertEquals(readLogin(header), login, header);
  assertEquals(readLogin(basic("ann:")), { name: "ann", password: "" });
  assertEquals(readLogin(basic("ann:a:b ö€")), { name: "ann", password: "a:b ö€" });
  assertEquals(readLogin(basic(":x")), { name: "", password: "x" });
  assertEquals(readLogin(basic("\ufeffann:x")), { name: "\ufeffann", password: "x" });
});

const REFUSED: readonly (string | null)[] = [
  null,
  "",
  "Basic",
  "Basic ",
  "Bearer YW5uOnNlY3JldA==",
  "BasicYW5uOnNlY3JldA==",
  "Basic YW5uOnNlY3JldA== x",
  "Basic YW5uOnNlY3JldA==, Basic YW5uOnNlY3JldA==",
  "Basic YW5u OnNlY3JldA==",
  "Basic YW5uOnNlY3JldA===",
  "Basic YW5uOnNlY3Jld-_=",
  "Basic A",
  "Basic ann:secret",
  basic("without a colon"),
  basic("ann:with\u0000nul"),
  basic("ann:with\nline"),
  basic("ann:\u0085"),
  // Latin-1 "ö"
  "Basic YW5uOvY=",
  basic(`ann:${"x".repeat(1_100)}`),
  `Basic ${"A".repeat(60_000)}`,
];
for (const header of REFUSED) {
  Deno.test(`readLogin() refuses ${JSON.stringify(header?.slice(0, 60) ?? null)}`, () => {
    assertEquals(readLogin(header), undefined);
  });
}

Deno.test("readLogin() reads what any client may send as a login", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 40 })
    .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
  fc.assert(fc.property(word, word, (name, password) => {
    fc.pre(!name.includes(":"));
    assertEquals(readLogin(basic(`${name}:${password}`)), { name, password });
  }));
  fc.assert(fc.property(fc.string(), (header) => {
    readLogin(header);
    readLogin(`Basic ${header}`);
  }));
});
