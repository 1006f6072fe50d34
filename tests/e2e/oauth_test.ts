import { assert, assertEquals } from "@std/assert";
import { type Demo, startDemo } from "../../src/demo/mod.ts";
import { listenLoopback } from "../../src/http/mod.ts";
import type { Settings } from "./_program.ts";
import { assertRefused, type Refusal, startOne } from "./_refused.ts";

/** How long the demo's access tokens hold. */
const TOKEN_SECONDS = 3600;

/** The demo's API, asked as if it were Tailscale's. */
let demo: Demo;

Deno.test.beforeAll(async () => {
  demo = await startDemo({
    devices: ["gateway-1", "laptop-2", "server-3"],
    listen: listenLoopback,
  });
});

Deno.test.afterAll(async () => await demo?.shutdown());

function apiSettings(): Settings {
  return {
    TAILSCALE_API_URL: demo.apiUrl.href,
    OAUTH_CLIENT_ID: demo.clientId,
    OAUTH_CLIENT_SECRET: demo.clientSecret.reveal(),
  };
}

/** An access token that is granted for this scope. */
async function grant(scope: string): Promise<string> {
  const response = await fetch(`${demo.apiUrl}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ client_secret: demo.clientSecret.reveal(), scope }),
  });
  return (await response.json()).access_token;
}

Deno.test("Program lists devices as an OAuth client, and tells when its token expires", async () => {
  const [program, samples] = await startOne(apiSettings());
  await using _ = program;
  assertEquals(samples.sum("tailscale_device_count"), 3);
  assertEquals(samples.sum("tsmetrics_api_rejected_devices"), 0);
  for (const endpoint of ["oauth_token", "devices"]) {
    assertEquals(samples.sum("tsmetrics_api_requests_total", { endpoint, code: "200" }), 1);
  }
  const expiry = samples.sum("tsmetrics_api_token_expiry_timestamp_seconds") ?? 0;
  assert(expiry >= Math.floor(program.startedAtMs / 1000) + TOKEN_SECONDS, `${expiry}`);
  assert(expiry <= Date.now() / 1000 + TOKEN_SECONDS, `${expiry}`);
});

const REFUSALS: readonly (readonly [what: string, () => Refusal | Promise<Refusal>])[] = [
  ["a wrong secret", () => ({
    settings: {
      ...apiSettings(),
      OAUTH_CLIENT_SECRET: demo.clientSecret.reveal().replace(
        /.$/,
        (last) => last === "0" ? "1" : "0",
      ),
    },
    errorType: "unauthorized",
    request: { endpoint: "oauth_token", code: "401" },
    message:
      /Cannot get an access token: 127\.0\.0\.1:\d+ answered 401 "invalid_client: .*"; check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET/,
    secret: "OAUTH_CLIENT_SECRET",
  })],
  ["a wrong token", async () => ({
    settings: {
      TAILSCALE_API_URL: demo.apiUrl.href,
      OAUTH_TOKEN: (await grant("all:read")).replace(/.$/, (last) => last === "0" ? "1" : "0"),
    },
    errorType: "unauthorized",
    request: { endpoint: "devices", code: "401" },
    message: /answered 401 "API token invalid"; OAUTH_TOKEN is wrong, revoked or expired/,
    secret: "OAUTH_TOKEN",
  })],
  ["a missing scope", async () => ({
    settings: { TAILSCALE_API_URL: demo.apiUrl.href, OAUTH_TOKEN: await grant("users:read") },
    errorType: "forbidden",
    request: { endpoint: "devices", code: "403" },
    message: /answered 403 "calling actor .*"; give the credential the scope devices:core:read/,
    secret: "OAUTH_TOKEN",
  })],
  ["an unknown tailnet", () => ({
    settings: { ...apiSettings(), TAILNET_NAME: "nobody.example" },
    errorType: "not_found",
    request: { endpoint: "devices", code: "404" },
    message:
      /Cannot list the devices of tailnet "nobody\.example": .* answered 404 "tailnet not found"; check TAILNET_NAME/,
    secret: "OAUTH_CLIENT_SECRET",
  })],
];

for (const [what, make] of REFUSALS) {
  Deno.test(`Program says what Tailscale's API has against ${what}`, async () => {
    await assertRefused(await make());
  });
}
