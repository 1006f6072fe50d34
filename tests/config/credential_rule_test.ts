import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

const KEYS = [
  ["OAUTH_TOKEN", { OAUTH_TOKEN: "hskey-api-canary" }, "hskey-api-…"],
  [
    "OAUTH_CLIENT_SECRET",
    { OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "hskey-client-canary" },
    "hskey-client-…",
  ],
] as const;
for (const [variable, env, prefix] of KEYS) {
  Deno.test(`checkIssuer() refuses a key of headscale's in ${variable} for Tailscale's API`, () => {
    const load = () => loadConfig({ env, args: [] });
    assertEquals(assertThrows(load, ConfigError).faults, [
      `Cannot use ${variable}: got a key of headscale's (${prefix}) for api.tailscale.com, want ` +
      "it in HEADSCALE_API_KEY with HEADSCALE_URL, or TAILSCALE_API_URL=https://HOST/api/v2 of a " +
      "headscale that has this API.",
    ]);
    const right = { ...env, TAILSCALE_API_URL: "https://headscale.example/api/v2" };
    assert(loadConfig({ env: right, args: [] }));
  });
}

Deno.test("checkIssuer() takes a key of Tailscale's for any host: it may be a proxy's", () => {
  for (const host of ["api.tailscale.com", "proxy.example"]) {
    const env = { OAUTH_TOKEN: "tskey-api-x", TAILSCALE_API_URL: `https://${host}/api/v2` };
    assert(loadConfig({ env, args: [] }));
  }
});
