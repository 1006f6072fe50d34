import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ApiFailure } from "../../src/errors.ts";
import { Redactor } from "../../src/redactor.ts";
import { Secret } from "../../src/secret.ts";
import { explainRefusal, type Refusal } from "../../src/tailscale/refusal.ts";
import { fixtureText } from "../_support/fixture.ts";

const REDACTOR = new Redactor([new Secret("s3cret-value")]);

function refusal(fields: Partial<Refusal>): Refusal {
  return {
    endpoint: "devices",
    doing: "list",
    url: new URL("https://api.test/api/v2/tailnet/-/devices?fields=all"),
    tailnet: "-",
    status: 500,
    text: "",
    location: null,
    credential: "oauth",
    isOneShot: false,
    ...fields,
  };
}

Deno.test("explainRefusal() tells what the recorded refusals of headscale mean", () => {
  const cases: readonly (readonly [Partial<Refusal>, file: string, ApiFailure, string])[] = [
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
      'Cannot list: api.test answered 404 "404 page not found"; the server has no ' +
      "Tailscale-compatible API there (headscale has it from version 0.30 on): check " +
      "TAILSCALE_API_URL",
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
    const error = explainRefusal(
      refusal({ ...fields, text: fixtureText(`api/${file}`) }),
      REDACTOR,
    );
    assertEquals(error.message, message);
    assertEquals([error.failure, error.status], [failure, fields.status]);
  }
});

Deno.test("explainRefusal() sorts statuses by endpoint and OAuth error", () => {
  const token = "oauth_token";
  const cases: readonly (readonly [Partial<Refusal>, ApiFailure])[] = [
    [{ status: 400 }, "status"],
    [{ status: 400, endpoint: token, text: '{"error":"invalid_client"}' }, "unauthorized"],
    [{ status: 400, endpoint: token, text: '{"error":"invalid_grant"}' }, "unauthorized"],
    [{ status: 400, endpoint: token, text: '{"error":"invalid_scope"}' }, "status"],
    [{ status: 400, endpoint: token, text: '{"error":{}}' }, "status"],
    [{ status: 400, text: '{"error":"invalid_client"}' }, "status"],
    [{ status: 403, endpoint: token }, "unauthorized"],
    [{ status: 404, endpoint: token, text: '{"message":"x"}' }, "not_found"],
    [{ status: 407 }, "status"],
    [{ status: 429 }, "rate_limited"],
    [{ status: 500 }, "server"],
    [{ status: 504 }, "server"],
    [{ status: 204 }, "status"],
    [{ status: 304 }, "status"],
    [{ status: 302, location: "/" }, "status"],
  ];
  for (const [fields, failure] of cases) {
    assertEquals(
      explainRefusal(refusal(fields), REDACTOR).failure,
      failure,
      JSON.stringify(fields),
    );
  }
});

Deno.test("explainRefusal() quotes the server's own words, clean, cut and without secrets", () => {
  const cases: readonly (readonly [text: string, words: string])[] = [
    ["", ""],
    [" \n", ""],
    ['{"message":"no s3cret-value, please"}', ' "no [redacted], please"'],
    ['{"message":"a\\n\\u001b[31mb"}', ' "a [31mb"'],
    ['{"message":""}', ' "{"message":""}"'],
    ['{"message":7}', ' "{"message":7}"'],
    ['["s3cret-value"]', ' "["[redacted]"]"'],
    ["<h1>Bad\tGateway</h1>", ' "<h1>Bad Gateway</h1>"'],
    [`{"message":"${"x".repeat(500)}"}`, ` "${"x".repeat(199)}…"`],
  ];
  for (const [text, words] of cases) {
    assertEquals(
      explainRefusal(refusal({ status: 503, text }), REDACTOR).message,
      `Cannot list: api.test answered 503${words}; the fault is the server's; it is asked again, ` +
        "less often the longer this lasts",
    );
  }
});

Deno.test("explainRefusal() quotes nothing of a grant with another status than 200", () => {
  const text = '{"token":"canary","access_token":"canary"}';
  for (const status of [201, 202, 203, 206]) {
    assertEquals(
      explainRefusal(refusal({ endpoint: "oauth_token", status, text }), REDACTOR).message,
      `Cannot list: api.test answered ${status}; wanted 200; check TAILSCALE_API_URL`,
    );
  }
  assertEquals(
    explainRefusal(refusal({ status: 500, text: '{"access_token":"canary"}' }), REDACTOR).message
      .includes("canary"),
    false,
  );
});

Deno.test("explainRefusal() names the host of a redirect, nothing else of it", () => {
  const cases: readonly (readonly [location: string, target: string])[] = [
    ["https://other.example/a?token=s3cret-value", "other.example"],
    ["http://user:pass@other.example:8080/", "other.example:8080"],
    ["//other.example/", "other.example"],
    ["/other", "another path of the same host"],
    ["", "another path of the same host"],
    ["http://[", "no address"],
    ["mailto:a@b.example", "no address"],
  ];
  for (const [location, target] of cases) {
    const error = explainRefusal(refusal({ status: 302, location, text: "<html>" }), REDACTOR);
    assertEquals(
      error.message,
      `Cannot list: api.test answered 302, a redirect to "${target}"; credentials are never ` +
        "sent along; set TAILSCALE_API_URL to the final address",
    );
  }
});

Deno.test("explainRefusal() knows a login page and a redirect to https", () => {
  const messageOf = (location: string, from = "https://api.test/api/v2/tailnet/-/devices") =>
    explainRefusal(refusal({ status: 302, location, url: new URL(from) }), REDACTOR).message;
  const login = "that is a login page: let the API's path through without a login";
  for (
    const location of [
      "https://login.example/",
      "https://team.cloudflareaccess.com/x",
      "/oauth2/start?rd=x",
      "https://idp.example/realms/a/protocol/openid-connect/auth",
    ]
  ) assertStringIncludes(messageOf(location), login);
  assertEquals(messageOf("https://loginova.example/authors").includes(login), false);
  assertEquals(
    messageOf("https://api.test/api/v2/tailnet/-/devices", "http://api.test/api/v2/x"),
    'Cannot list: api.test answered 302, a redirect to "api.test"; credentials are never sent ' +
      "along; set TAILSCALE_API_URL to its https address",
  );
});

Deno.test("explainRefusal() names a web page by its title", () => {
  const text = "<!DOCTYPE html>\n<html><head><meta charset=x><title>\n Access\tdenied</title>";
  assertEquals(
    explainRefusal(refusal({ status: 403, text }), REDACTOR).message,
    'Cannot list: api.test answered 403 with the page "Access denied"; that is no answer of the ' +
      "API but of a proxy, a firewall or a login page: check TAILSCALE_API_URL and HTTPS_PROXY",
  );
});
