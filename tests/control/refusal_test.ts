import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Dialect, explainRefusal, type Refusal } from "../../src/control/refusal.ts";
import type { ApiError, ApiFailure } from "../../src/errors.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";

const REDACTOR = new Redactor([new Secret("s3cret-value")]);

/** An API with one rule of its own. */
const DIALECT: Dialect = {
  urlVariable: "API_URL",
  advise: ({ status }, failure, { form }) =>
    status === 418 ? `drink the ${form} ${failure} tea` : undefined,
};

/** The error that a refusal is explained by. */
function explain(fields: Partial<Refusal>): ApiError {
  return explainRefusal(refusal(fields), DIALECT, REDACTOR);
}

function refusal(fields: Partial<Refusal>): Refusal {
  return {
    endpoint: "devices",
    doing: "list",
    url: new URL("https://api.test/api/v2/tailnet/-/devices?fields=all"),
    status: 500,
    text: "",
    location: null,
    isOneShot: false,
    ...fields,
  };
}

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
      explain(fields).failure,
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
      explain({ status: 503, text }).message,
      `Cannot list: api.test answered 503${words}; the fault is the server's; it is asked again, ` +
        "less often the longer this lasts",
    );
  }
});

Deno.test("explainRefusal() quotes nothing of a grant with another status than 200", () => {
  const text = '{"token":"canary","access_token":"canary"}';
  for (const status of [201, 202, 203, 206]) {
    assertEquals(
      explain({ endpoint: "oauth_token", status, text }).message,
      `Cannot list: api.test answered ${status}; wanted 200; check API_URL`,
    );
  }
  assertEquals(
    explain({ status: 500, text: '{"access_token":"canary"}' }).message
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
    const error = explain({ status: 302, location, text: "<html>" });
    assertEquals(
      error.message,
      `Cannot list: api.test answered 302, a redirect to "${target}"; credentials are never ` +
        "sent along; set API_URL to the final address",
    );
  }
});

Deno.test("explainRefusal() knows a login page and a redirect to https", () => {
  const messageOf = (location: string, from = "https://api.test/api/v2/tailnet/-/devices") =>
    explain({ status: 302, location, url: new URL(from) }).message;
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
      "along; set API_URL to its https address",
  );
});

Deno.test("explainRefusal() names a web page by its title", () => {
  const text = "<!DOCTYPE html>\n<html><head><meta charset=x><title>\n Access\tdenied</title>";
  assertEquals(
    explain({ status: 403, text }).message,
    'Cannot list: api.test answered 403 with the page "Access denied"; that is no answer of the ' +
      "API but of a proxy, a firewall or a login page: check API_URL and HTTPS_PROXY",
  );
});

Deno.test("explainRefusal() prefers the advice of the API's own dialect", () => {
  assertEquals(
    explain({ status: 418, text: "{}" }).message,
    'Cannot list: api.test answered 418 "{}"; drink the json status tea',
  );
  assertEquals(
    explain({ status: 407, text: "<html>" }).message,
    'Cannot list: api.test answered 407 "<html>"; the HTTP proxy wants a login; check HTTPS_PROXY',
  );
});
