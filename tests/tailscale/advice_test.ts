import { assertEquals } from "@std/assert";
import { explainRefusal, type Refusal } from "../../src/control/refusal.ts";
import type { ApiFailure } from "../../src/errors.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { type Asked, tailscaleDialect } from "../../src/tailscale/advice.ts";
import { fixtureText } from "../_support/fixture.ts";

const GATEWAY = '{"code":5,"message":"Not Found","details":[]}';
const TOO_FEW = '{"message":"calling actor does not have enough permissions to perform this ' +
  'function"}';
const INVALID = '{"message":"API token invalid"}';
const HTML = "<html><body>Log in</body></html>";

/** The advice for a refusal: what stands behind the server's words. */
function adviceFor(fields: Partial<Refusal & Asked> & { readonly base?: string }): string {
  const {
    base = "https://headscale.example/api/v2",
    credential = "token",
    tailnet = "-",
    ...rest
  } = fields;
  const path = rest.endpoint === "oauth_token" ? "/oauth/token" : "/tailnet/-/devices?fields=all";
  const { message } = explainRefusal(
    {
      endpoint: "devices",
      doing: "list",
      scope: SCOPE,
      url: new URL(`${base}${path}`),
      status: 500,
      text: "",
      location: null,
      isOneShot: false,
      ...rest,
    },
    tailscaleDialect({ tailnet, credential }),
    new Redactor(),
  );
  // The server's words are in quotes, and hold no semicolon here.
  return message.slice(message.indexOf("; ") + 2);
}

const TAILSCALE = { base: "https://api.tailscale.com/api/v2" };
const NO_API = "the server has no Tailscale-compatible API there: check TAILSCALE_API_URL; for " +
  "headscale up to 0.29, which has none, set HEADSCALE_URL and HEADSCALE_API_KEY instead";
const NOT_THE_API = "that is no answer of the API but of a proxy, a firewall or a login page: " +
  "check TAILSCALE_API_URL and HTTPS_PROXY";
const V1 = "TAILSCALE_API_URL ends with /api/v1, which is headscale's own API: set HEADSCALE_URL " +
  "and HEADSCALE_API_KEY instead";
const wantedPath = (what: string) =>
  `TAILSCALE_API_URL has ${what}: wanted one that ends with /api/v2, as in ` +
  "https://api.tailscale.com/api/v2";
const SCOPE = "the scope devices:core:read, and devices:routes:read for routes";
const SCOPES = `give the credential ${SCOPE}`;

const CASES: readonly (readonly [Parameters<typeof adviceFor>[0], advice: string])[] = [
  // headscale up to 0.29, and other servers without the API
  [{ status: 404, text: GATEWAY }, NO_API],
  [{ status: 404, text: GATEWAY, tailnet: "example.com" }, NO_API],
  [{ status: 404, text: "404 page not found\n" }, NO_API],
  [{ status: 404, text: "" }, NO_API],
  [{ status: 404, text: '{"message":"Not Found"}' }, NO_API],
  [
    { status: 404, text: "404 page not found", endpoint: "oauth_token", credential: "oauth" },
    NO_API,
  ],
  [{ status: 501, text: '{"code":12,"message":"Method Not Allowed","details":[]}' }, NO_API],
  [{ status: 401, text: "Unauthorized", base: "https://headscale.example/api/v1" }, V1],
  [{ status: 404, text: GATEWAY, base: "https://headscale.example/api/v1" }, V1],
  // a URL without its path
  [
    { status: 404, text: "404 page not found", base: "https://api.tailscale.com" },
    wantedPath("no path"),
  ],
  [{ status: 404, text: HTML, base: "https://headscale.example/web" }, wantedPath("another path")],
  [{ status: 401, text: "Unauthorized", base: "https://headscale.example" }, wantedPath("no path")],
  [{ status: 403, text: HTML, base: "https://headscale.example" }, wantedPath("no path")],
  // a path that is not Tailscale's, and JSON of an API all the same
  [
    { status: 401, text: INVALID, base: "https://api.example" },
    `${wantedPath("no path")}; if that path is meant: OAUTH_TOKEN is wrong, revoked or expired, ` +
    "or of another server: make a new one there (headscale: `headscale apikeys create`)",
  ],
  [
    { status: 401, text: INVALID, base: "https://api.example/x", endpoint: "oauth_token" },
    `${wantedPath("another path")}; if that path is meant: check OAUTH_CLIENT_ID and ` +
    "OAUTH_CLIENT_SECRET, and that the client is not revoked",
  ],
  [
    {
      status: 404,
      text: '{"message":"tailnet not found","status":404}',
      base: "https://api.example",
      tailnet: "example.com",
    },
    `${wantedPath("no path")}; if that path is meant: check TAILNET_NAME: "-" is the tailnet ` +
    "that the credential belongs to, and the only one that headscale knows",
  ],
  // pages of others
  [{ status: 401, text: HTML }, NOT_THE_API],
  [{ status: 403, text: HTML, endpoint: "oauth_token", credential: "oauth" }, NOT_THE_API],
  [{ status: 404, text: HTML }, NOT_THE_API],
  [{ status: 200 + 3, text: HTML }, NOT_THE_API],
  [{ status: 407, text: HTML }, "the HTTP proxy wants a login; check HTTPS_PROXY"],
  // the tailnet
  [
    { status: 404, text: '{"message":"tailnet not found","status":404}', tailnet: "example.com" },
    'check TAILNET_NAME: "-" is the tailnet that the credential belongs to, and the only one ' +
    "that headscale knows",
  ],
  // the credential
  [
    { status: 401, text: INVALID, ...TAILSCALE },
    "OAUTH_TOKEN is wrong, revoked or expired (they last 90 days at most): make a new one, or " +
    "set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET of an OAuth client, which does not expire",
  ],
  [
    { status: 401, text: '{"message":"unauthorized","status":401}' },
    "OAUTH_TOKEN is wrong, revoked or expired, or of another server: make a new one there " +
    "(headscale: `headscale apikeys create`)",
  ],
  [{ status: 403, text: TOO_FEW, ...TAILSCALE, credential: "oauth" }, SCOPES],
  [
    { status: 403, text: TOO_FEW, ...TAILSCALE },
    `${SCOPES}, or make it as a user who may see all devices`,
  ],
  [
    { status: 403, text: TOO_FEW, ...TAILSCALE, credential: "oauth", tailnet: "example.com" },
    `${SCOPES}, and check that TAILNET_NAME is its tailnet ("-" always is)`,
  ],
  [
    { status: 401, text: INVALID, endpoint: "oauth_token", credential: "oauth" },
    "check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the client is not revoked",
  ],
  // what a command that ends may say
  [
    { status: 429, text: "{}" },
    "the API is asked too often, by this or by another program with the same credential; raise " +
    "SCRAPE_INTERVAL",
  ],
];
for (const [fields, advice] of CASES) {
  const { base = "", endpoint = "devices", status, tailnet = "-", text = "" } = fields;
  const name = `${status} ${endpoint} ${tailnet} ${base} ${text.slice(0, 40)}`.replace(/\s+/g, " ");
  Deno.test(`tailscaleDialect() fits ${name}`, () => assertEquals(adviceFor(fields), advice));
}

Deno.test("tailscaleDialect() promises no further try in a command that runs once", () => {
  const once = { isOneShot: true };
  assertEquals(
    adviceFor({ status: 503, ...once }),
    "the fault is the server's; try again later",
  );
  assertEquals(
    adviceFor({ status: 429, retryAfterMs: 29_500, ...once }),
    "the API is asked too often, by this or by another program with the same credential; try " +
      "again in 30 s",
  );
  assertEquals(
    adviceFor({ status: 429, ...once }),
    "the API is asked too often, by this or by another program with the same credential; try " +
      "again in a minute",
  );
});

Deno.test("tailscaleDialect() names the scope of the call that was refused", () => {
  const refused = { status: 403, text: TOO_FEW, credential: "oauth", endpoint: "keys" } as const;
  assertEquals(
    adviceFor({ ...refused, scope: "the scope api_access_tokens:read" }),
    "give the credential the scope api_access_tokens:read",
  );
});

Deno.test("tailscaleDialect() never advises what is set already", () => {
  for (const status of [400, 401, 403, 404, 405, 410, 500]) {
    for (const text of ["", HTML, GATEWAY, INVALID, "no"]) {
      for (const credential of ["oauth", "token"] as const) {
        const advice = adviceFor({ status, text, credential });
        assertEquals(/TAILNET_NAME|"-"/.test(advice), false, `${status} ${text}`);
      }
    }
  }
});

Deno.test("tailscaleDialect() tells what the recorded refusals of headscale mean", () => {
  const cases: readonly (readonly [Partial<Refusal & Asked>, file: string, ApiFailure, string])[] =
    [
      [
        { status: 401, credential: "token" },
        "v2-error-401.json",
        "unauthorized",
        'Cannot list: api.test answered 401 "unauthorized"; OAUTH_TOKEN is wrong, revoked or ' +
        "expired, or of another server: make a new one there (headscale: `headscale apikeys " +
        "create`)",
      ],
      [
        { status: 401 },
        "v2-error-401.json",
        "unauthorized",
        'Cannot list: api.test answered 401 "unauthorized"; a new access token did not help; ' +
        "check that the OAuth client belongs to this API",
      ],
      [
        { status: 403 },
        "v2-error-403-scope.json",
        "forbidden",
        'Cannot list: api.test answered 403 "token is missing the required scope ' +
        'devices:core:read"; give the credential the scope devices:core:read, and ' +
        "devices:routes:read for routes",
      ],
      [
        { status: 404, tailnet: "example.com" },
        "v2-error-404.json",
        "not_found",
        'Cannot list: api.test answered 404 "device not found"; check TAILNET_NAME: "-" is the ' +
        "tailnet that the credential belongs to, and the only one that headscale knows",
      ],
      [
        { status: 404 },
        "v2-not-implemented-404.txt",
        "not_found",
        `Cannot list: api.test answered 404 "404 page not found"; ${NO_API}`,
      ],
      [
        { status: 401, endpoint: "oauth_token" },
        "v2-oauth-error-401.json",
        "unauthorized",
        'Cannot list: api.test answered 401 "invalid_client: invalid client credentials"; check ' +
        "OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the client is not revoked",
      ],
    ];
  for (const [fields, file, failure, message] of cases) {
    const { endpoint = "devices", credential = "oauth", status = 0, tailnet = "-" } = fields;
    const error = explainRefusal(
      {
        endpoint,
        doing: "list",
        scope: SCOPE,
        url: new URL("https://api.test/api/v2/tailnet/-/devices?fields=all"),
        status,
        text: fixtureText(`api/${file}`),
        location: null,
        isOneShot: false,
      },
      tailscaleDialect({ tailnet, credential }),
      new Redactor(),
    );
    assertEquals(error.message, message);
    assertEquals([error.failure, error.status], [failure, fields.status]);
  }
});
