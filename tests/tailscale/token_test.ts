import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { ApiRequest } from "../../src/control/request.ts";
import { ApiError, describeError } from "../../src/errors.ts";
import { readChunks } from "../../src/json/body.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";
import { clientCredentials, staticToken } from "../../src/tailscale/token.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";

/** A token source whose requests are answered by hand, in order. */
function rig() {
  const clock = new FakeClock(0);
  const redactor = new Redactor([new Secret("c1ient-secret")]);
  const asked: {
    request: Pick<ApiRequest<unknown>, "url" | "body" | "headers" | "method" | "endpoint">;
    signal: AbortSignal | undefined;
    answer: (text: string) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const tokens = clientCredentials({
    url: new URL("https://api.test/v2/oauth/token"),
    clientId: "the id & more",
    clientSecret: new Secret("c1ient-secret"),
    async send(request, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      asked.push({ request, signal, answer: resolve, fail: reject });
      const text = await promise;
      return await request.read(readChunks(new Response(text), request.maxBytes ?? 0));
    },
    redactor,
    now: clock.now,
    elapsed: clock.elapsed,
  });
  return { tokens, clock, redactor, asked };
}

function grant(token: string, expiresIn: unknown = 3600): string {
  return JSON.stringify({ access_token: token, token_type: "Bearer", expires_in: expiresIn });
}

Deno.test("staticToken() gives its token and knows no other", async () => {
  const tokens = staticToken(new Secret("tskey-api-1"));
  assertEquals(await tokens.token(), "tskey-api-1");
  tokens.invalidate("tskey-api-1");
  assertEquals(await tokens.token(), "tskey-api-1");
  assertEquals(tokens.expiresAtSeconds(), undefined);
});

Deno.test("staticToken() takes the longest token that is sent", async () => {
  const longest = "x".repeat(16_384);
  assertEquals(await staticToken(new Secret(longest)).token(), longest);
});

Deno.test("clientCredentials() believes a life of 366 days and not a second more", async () => {
  for (const [days, extra, isKnown] of [[366, 0, true], [366, 1, false]] as const) {
    const { tokens, asked } = rig();
    const first = tokens.token();
    asked[0]?.answer(grant("t1", days * 86_400 + extra));
    await first;
    assertEquals(tokens.expiresAtSeconds() !== undefined, isKnown);
  }
});

Deno.test("staticToken() refuses what no header can carry, without showing it", async () => {
  for (const token of ["", "two words", "line\n", "€uro", "x".repeat(16_385)]) {
    const error = await assertRejects(() => staticToken(new Secret(token)).token(), ApiError);
    assertEquals(error.failure, "unauthorized");
    assertEquals(
      describeError(error),
      "Cannot send the token: OAUTH_TOKEN is empty or holds a character that no header can carry; look for " +
        "spaces, line breaks and quotation marks",
    );
  }
});

Deno.test("clientCredentials() posts a form and keeps the token until shortly before its end", async () => {
  const { tokens, clock, asked } = rig();
  assertEquals(tokens.expiresAtSeconds(), undefined);
  const first = tokens.token();
  asked[0]?.answer(grant("t1"));
  assertEquals(await first, "t1");
  const { request } = asked[0] ?? {};
  assertEquals(request?.url.href, "https://api.test/v2/oauth/token");
  assertEquals(request?.method, "POST");
  assertEquals(request?.headers["content-type"], "application/x-www-form-urlencoded");
  assertEquals(
    request?.body,
    "client_id=the+id+%26+more&client_secret=c1ient-secret&grant_type=client_credentials",
  );
  assertEquals(tokens.expiresAtSeconds(), 3600);

  await clock.advance(3300_000 - 1);
  assertEquals([await tokens.token(), asked.length], ["t1", 1]);
  await clock.advance(1);
  const second = tokens.token();
  assertEquals(asked.length, 2);
  asked[1]?.answer(grant("t2"));
  assertEquals([await second, tokens.expiresAtSeconds()], ["t2", 6900]);
});

Deno.test("clientCredentials() counts the life from the request, and renews a short one late", async () => {
  const { tokens, clock, asked } = rig();
  const first = tokens.token();
  await clock.advance(10_000);
  asked[0]?.answer(grant("t1", 100));
  assertEquals([await first, tokens.expiresAtSeconds()], ["t1", 100]);
  await clock.advance(80_000 - 1);
  assertEquals([await tokens.token(), asked.length], ["t1", 1]);
  await clock.advance(1);
  const second = tokens.token();
  asked[1]?.answer(grant("t2"));
  assertEquals(await second, "t2");
});

Deno.test("clientCredentials() uses a token of unknown life until it is refused", async () => {
  for (const life of [undefined, null, 0, -5, "soon", "1e999", 1e12, true, {}, [60]]) {
    const { tokens, clock, asked } = rig();
    const first = tokens.token();
    asked[0]?.answer(JSON.stringify({ access_token: "t1", expires_in: life }));
    await first;
    assertEquals(tokens.expiresAtSeconds(), undefined, String(life));
    await clock.advance(1e10);
    assertEquals([await tokens.token(), asked.length], ["t1", 1]);
    tokens.invalidate("another");
    assertEquals([await tokens.token(), asked.length], ["t1", 1]);
    tokens.invalidate("t1");
    const second = tokens.token();
    asked[1]?.answer(grant("t2"));
    assertEquals(await second, "t2");
  }
});

Deno.test("clientCredentials() reads headscale's answer and a life written as text", async () => {
  const { tokens, asked } = rig();
  const first = tokens.token();
  asked[0]?.answer(fixtureText("api/v2-oauth-token.json"));
  assertEquals([await first, tokens.expiresAtSeconds()], ["hskey-oauthtok-EXAMPLE", 3600]);
  const other = rig();
  const second = other.tokens.token();
  other.asked[0]?.answer(grant("t1", "7200"));
  assertEquals([await second, other.tokens.expiresAtSeconds()], ["t1", 7200]);
});

Deno.test("clientCredentials() sends one request for all waiting callers", async () => {
  const { tokens, asked } = rig();
  const all = Promise.all([tokens.token(), tokens.token(), tokens.token()]);
  asked[0]?.answer(grant("t1"));
  assertEquals([await all, asked.length], [["t1", "t1", "t1"], 1]);
});

Deno.test("clientCredentials() asks again after a failure, which all waiting callers get", async () => {
  const { tokens, asked } = rig();
  const failure = new ApiError("server", "Cannot get an access token: 503");
  const waiting = [tokens.token(), tokens.token()].map((token) =>
    assertRejects(() => token, ApiError)
  );
  asked[0]?.fail(failure);
  for (const error of await Promise.all(waiting)) assertStrictEquals(error, failure);
  const second = tokens.token();
  assertEquals(asked.length, 2);
  asked[1]?.answer(grant("t2"));
  assertEquals(await second, "t2");
});

Deno.test("clientCredentials() aborts its request when the last waiting caller aborts", async () => {
  const { tokens, asked } = rig();
  const [one, two] = [new AbortController(), new AbortController()];
  const first = assertRejects(() => tokens.token(one.signal), Error, "One left");
  const second = assertRejects(() => tokens.token(two.signal), Error, "Two left");
  one.abort(new Error("One left"));
  await first;
  assertEquals(asked[0]?.signal?.aborted, false);
  two.abort(new Error("Two left"));
  await second;
  assertEquals([asked.length, asked[0]?.signal?.aborted], [1, true]);

  const third = tokens.token();
  asked[1]?.answer(grant("t2"));
  assertEquals(await third, "t2");
  await assertRejects(() => tokens.token(AbortSignal.abort(new Error("Before"))), Error, "Before");
});

Deno.test("clientCredentials() uses a token that still lives while its renewal fails", async () => {
  const { tokens, clock, asked } = rig();
  const first = tokens.token();
  asked[0]?.answer(grant("t1"));
  await first;
  await clock.advance(3400_000);
  const renewed = tokens.token();
  asked[1]?.fail(new ApiError("network", "Cannot get an access token: no answer"));
  assertEquals(await renewed, "t1");

  const refused = assertRejects(() => tokens.token(), ApiError, "revoked");
  asked[2]?.fail(new ApiError("unauthorized", "Cannot get an access token: revoked"));
  await refused;

  await clock.advance(200_000);
  const ended = assertRejects(() => tokens.token(), ApiError, "no answer");
  asked[3]?.fail(new ApiError("network", "Cannot get an access token: no answer"));
  await ended;
});

Deno.test("clientCredentials() fails on an answer without a token, quoting nothing of it", async () => {
  const canary = "canary-t0ken";
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ["", "api.test answered 0 characters that are not JSON"],
    ["<html>", "api.test answered 6 characters that are not JSON"],
    [`{"access_token":"${canary}`, "api.test answered 29 characters that are not JSON"],
    [`"${canary}"`, "api.test answered JSON that is not an object"],
    ["{}", 'the answer of api.test holds no "access_token" that a header can carry'],
    ['{"access_token":""}', 'holds no "access_token"'],
    ['{"access_token":null}', 'holds no "access_token"'],
    [`{"access_token":["${canary}"]}`, 'holds no "access_token"'],
    [`{"access_token":"${canary}\\n"}`, 'holds no "access_token"'],
    [`{"access_token":"${canary}","token_type":"mac"}`, 'not of the type "Bearer"'],
  ];
  for (const [text, problem] of cases) {
    const { tokens, asked } = rig();
    const failed = assertRejects(() => tokens.token(), ApiError, problem);
    asked[0]?.answer(text);
    const error = await failed;
    assertEquals([error.failure, error.status], ["malformed", 200]);
    assert(!describeError(error).includes("canary"), describeError(error));
  }
});

Deno.test("clientCredentials() has each token hidden from then on", async () => {
  const { tokens, redactor, asked } = rig();
  const first = tokens.token();
  asked[0]?.answer(grant("acce55-token"));
  await first;
  assertEquals(redactor.hide("refused: acce55-token"), "refused: [redacted]");
});

Deno.test("clientCredentials() renews in time however the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { tokens, clock, asked } = rig();
    const first = tokens.token();
    asked[0]?.answer(grant("t1"));
    await first;
    clock.set(ms);
    await clock.advance(3_299_999);
    assertEquals(await tokens.token(), "t1");
    assertEquals(asked.length, 1);
    await clock.advance(1);
    const renewed = tokens.token();
    asked[1]?.answer(grant("t2"));
    assertEquals(await renewed, "t2");
    // shown as a date of the clock as it is set now
    assertEquals(tokens.expiresAtSeconds(), (ms + 3_300_000) / 1000 + 3600);
  }
});
