import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

const URL_ALONE = { HEADSCALE_URL: "https://headscale.example" };
const KEY_ALONE = { HEADSCALE_API_KEY: "hskey-api-canary-x" };
const BOTH = { ...URL_ALONE, ...KEY_ALONE };

function findingsOf(env: Record<string, string>): readonly string[] {
  try {
    return loadConfig({ env, args: [] }).warnings;
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const notBoth = (one: string, other: string) =>
  `Cannot choose a control plane: got ${one} and ${other}, want the settings of headscale or ` +
  "those of Tailscale's API, not both.";

const CASES: readonly (readonly [
  what: string,
  env: Record<string, string>,
  finding: string | undefined,
])[] = [
  ["takes an address with a key", BOTH, undefined],
  [
    "wants a key with an address",
    URL_ALONE,
    "Cannot use headscale: got HEADSCALE_URL alone, want HEADSCALE_API_KEY with it.",
  ],
  [
    "wants an address with a key",
    KEY_ALONE,
    "Cannot use headscale: got HEADSCALE_API_KEY alone, want HEADSCALE_URL with it.",
  ],
  [
    "refuses an OAuth client beside headscale",
    { ...BOTH, OAUTH_CLIENT_ID: "id", OAUTH_CLIENT_SECRET: "s" },
    notBoth("HEADSCALE_URL", "OAUTH_CLIENT_ID"),
  ],
  [
    "refuses a token beside a key of headscale",
    { ...KEY_ALONE, OAUTH_TOKEN: "t" },
    notBoth("HEADSCALE_API_KEY", "OAUTH_TOKEN"),
  ],
  [
    "refuses two addresses",
    { ...BOTH, TAILSCALE_API_URL: "https://headscale.example/api/v2" },
    notBoth("HEADSCALE_URL", "TAILSCALE_API_URL"),
  ],
  [
    "warns of a tailnet's name",
    { ...BOTH, TAILNET_NAME: "example.com" },
    "TAILNET_NAME is not used: headscale has one tailnet.",
  ],
  [
    "warns of a key on its way in the clear",
    { ...BOTH, HEADSCALE_URL: "http://headscale.lan" },
    "HEADSCALE_URL is not https: the credentials can be read on the way.",
  ],
  ["takes http on this machine", { ...BOTH, HEADSCALE_URL: "http://127.0.0.1:8080" }, undefined],
  [
    "lets the demo win",
    { ...BOTH, TEST_DEVICES: "demo" },
    "TEST_DEVICES is set: the numbers are those of a simulated tailnet; not used: HEADSCALE_URL, " +
    "HEADSCALE_API_KEY.",
  ],
  [
    "wants whole settings beside a tailscaled, too",
    { ...URL_ALONE, LOCALAPI_SOCKET: "/run/t.sock" },
    "Cannot use headscale: got HEADSCALE_URL alone, want HEADSCALE_API_KEY with it.",
  ],
];
for (const [what, env, finding] of CASES) {
  Deno.test(`checkHeadscale() ${what}`, () => {
    assertEquals(findingsOf(env), finding === undefined ? [] : [finding]);
  });
}

Deno.test("HEADSCALE_URL may have the API's path or not", () => {
  for (
    const [text, href] of [
      ["https://headscale.example", "https://headscale.example/api/v1"],
      ["https://headscale.example/", "https://headscale.example/api/v1"],
      ["https://headscale.example/api/v1", "https://headscale.example/api/v1"],
      ["http://10.0.0.1:8080/hs/api/v1/", "http://10.0.0.1:8080/hs/api/v1"],
      ["http://10.0.0.1:8080//hs", "http://10.0.0.1:8080//hs/api/v1"],
      ["http://10.0.0.1:8080///a", "http://10.0.0.1:8080///a/api/v1"],
      ["http://10.0.0.1:8080/hs//", "http://10.0.0.1:8080/hs/api/v1"],
    ] as const
  ) {
    const { config } = loadConfig({ env: { ...KEY_ALONE, HEADSCALE_URL: text }, args: [] });
    assertEquals(config.headscaleUrl?.href, href, text);
  }
});

Deno.test("HEADSCALE_URL names another API by what is to be set for it", () => {
  const faultOf = (url: string) => findingsOf({ ...KEY_ALONE, HEADSCALE_URL: url })[0];
  assertEquals(
    faultOf("https://headscale.example/api/v2"),
    "Cannot use HEADSCALE_URL: got the path of its Tailscale-compatible API, want its address " +
      "alone, or this value in TAILSCALE_API_URL with OAUTH_TOKEN.",
  );
  assertEquals(
    faultOf("https://api.tailscale.com/api/v1"),
    "Cannot use HEADSCALE_URL: got Tailscale's own API, want OAUTH_CLIENT_ID and " +
      "OAUTH_CLIENT_SECRET for it.",
  );
  assertEquals(
    faultOf("headscale.example"),
    'Cannot use HEADSCALE_URL: got "headscale.example", want an http or https URL without user ' +
      "info and query, such as https://headscale.example.com.",
  );
});

Deno.test("HEADSCALE_API_KEY takes keys of headscale's, old ones too, and names others", () => {
  const faultOf = (key: string) => findingsOf({ ...URL_ALONE, HEADSCALE_API_KEY: key })[0];
  assertEquals(faultOf("abcdefg.0123456789"), undefined);
  assertEquals(
    faultOf("hskey-auth-0123456789ab-canary"),
    "Cannot use HEADSCALE_API_KEY: got an auth key (hskey-auth-…), want an API key: what " +
      "`headscale apikeys create` prints.",
  );
  assertEquals(
    faultOf("tskey-api-canary"),
    "Cannot use HEADSCALE_API_KEY: got an access token (tskey-api-…), want a key of headscale: " +
      "for Tailscale's own API set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET.",
  );
});
