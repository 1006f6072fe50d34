import { assertEquals, assertThrows } from "@std/assert";
import { isClientSecret, parseClientSecret } from "../../src/secret/client_secret.ts";

Deno.test("isClientSecret() knows those of Tailscale and headscale", () => {
  const texts = ["tskey-client-a-b", "hskey-client-a", "tskey-auth-a", "x tskey-client-a", ""];
  assertEquals(texts.map(isClientSecret), [true, true, false, false, false]);
});

Deno.test("parseClientSecret() takes the attributes that Tailscale's own programs take", () => {
  const text = "tskey-client-a-b?ephemeral=false&preauthorized=true&baseURL=https://api.example";
  const { baseUrl, ...rest } = parseClientSecret(text);
  assertEquals(rest, {
    secret: "tskey-client-a-b",
    isEphemeral: false,
    isPreauthorized: true,
    hasBaseUrl: true,
  });
  assertEquals(baseUrl.href, "https://api.example/");
});

Deno.test("parseClientSecret() has the defaults of Tailscale's own programs", () => {
  for (const text of ["tskey-client-a", "tskey-client-a?", "tskey-client-a?ephemeral=&baseURL="]) {
    const { baseUrl, hasBaseUrl, isEphemeral, isPreauthorized } = parseClientSecret(text);
    assertEquals([baseUrl.href, hasBaseUrl, isEphemeral, isPreauthorized], [
      "https://api.tailscale.com/",
      false,
      true,
      false,
    ]);
  }
});

Deno.test("parseClientSecret() refuses what they refuse, and never quotes the secret", () => {
  const attributes = [
    "tags=tag:a",
    "ephemeral=maybe",
    "baseURL=x",
    "baseURL=file:///x",
    "baseURL=https://user:canary@api.example",
    "baseURL=https://api.example/?a=canary",
    "baseURL=https://api.example/%23canary",
  ];
  for (const attribute of attributes) {
    const error = assertThrows(
      () => parseClientSecret(`tskey-client-canary?${attribute}`),
      SyntaxError,
    );
    assertEquals(error.message.includes("canary"), false);
  }
});
