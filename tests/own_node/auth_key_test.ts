import { assertEquals, assertRejects } from "@std/assert";
import { resolveAuthKey } from "../../src/own_node/auth_key.ts";
import { FakeClock } from "../_support/fake_clock.ts";

interface Api {
  readonly fetch: typeof fetch;
  readonly asked: (readonly string[])[];
}

function api(answers: Readonly<Record<string, Response>> = {}): Api {
  const asked: (readonly string[])[] = [];
  const doFetch = (input: unknown, init: RequestInit = {}) => {
    const authorization = new Headers(init.headers).get("authorization") ?? "";
    asked.push([String(input), authorization, String(init.body)]);
    const { pathname } = new URL(String(input));
    const answer = answers[pathname]?.clone() ?? Response.json(
      pathname.endsWith("token") ? { access_token: "t" } : { key: "tskey-auth-new" },
    );
    return Promise.resolve(answer);
  };
  return { asked, fetch: doFetch as typeof fetch };
}

Deno.test("resolveAuthKey() leaves auth keys alone", async () => {
  const { asked, fetch } = api();
  const options = { tags: [], fetch };
  assertEquals(await resolveAuthKey("tskey-auth-x", options), "tskey-auth-x");
  assertEquals(asked, []);
});

Deno.test("resolveAuthKey() makes a single-use key by an OAuth client", async () => {
  const { asked, fetch } = api();
  const secret = "tskey-client-a-b?ephemeral=false&preauthorized=true&baseURL=https://api.example";
  const options = { tags: ["tag:x"], fetch };
  assertEquals(await resolveAuthKey(secret, options), "tskey-auth-new");
  assertEquals(asked, [
    [
      "https://api.example/api/v2/oauth/token",
      "",
      "grant_type=client_credentials&client_id=tsmetrics&client_secret=tskey-client-a-b",
    ],
    [
      "https://api.example/api/v2/tailnet/-/keys",
      "Bearer t",
      '{"capabilities":{"devices":{"create":{"reusable":false,"ephemeral":false,' +
      '"preauthorized":true,"tags":["tag:x"]}}},"expirySeconds":600}',
    ],
  ]);
});

Deno.test("resolveAuthKey() follows no redirect, which would carry the secret elsewhere", async () => {
  const inits: RequestInit[] = [];
  const fetch = (_: unknown, init: RequestInit = {}) => {
    inits.push(init);
    const headers = { location: "https://elsewhere.example/" };
    return Promise.resolve(new Response("moved", { status: 307, headers }));
  };
  const options = { tags: ["tag:x"], fetch: fetch as typeof globalThis.fetch };
  await assertRejects(
    () => resolveAuthKey("tskey-client-a-b", options),
    Error,
    "/api/v2/oauth/token answered 307: moved",
  );
  assertEquals(inits.map(({ redirect }) => redirect), ["manual"]);
});

Deno.test("resolveAuthKey() passes the API's reason on, never the secret", async () => {
  const path = "/api/v2/tailnet/-/keys";
  const answers: readonly (readonly [Response, string])[] = [
    [
      new Response("requested tags\nare invalid", { status: 400 }),
      `Cannot make an auth key: ${path} answered 400: requested tags are invalid; the OAuth ` +
      "client needs the scope auth_keys and the tags of TSNET_TAGS",
    ],
    [new Response("<html>"), `Cannot make an auth key: the answer of ${path} is not JSON`],
    [new Response("null"), `Cannot make an auth key: the answer of ${path} is not JSON`],
    [Response.json({ key: 1 }), "Cannot make an auth key: the API's answer has none"],
  ];
  for (const [answer, message] of answers) {
    const { fetch } = api({ [path]: answer });
    const options = { tags: ["tag:x"], fetch };
    const error = await assertRejects(() => resolveAuthKey("tskey-client-canary", options), Error);
    assertEquals(error.message, message);
  }
});

Deno.test("resolveAuthKey() gives up after ten seconds, and names who did not answer", async () => {
  const clock = new FakeClock();
  const signals: AbortSignal[] = [];
  const fetch = (_: unknown, { signal }: RequestInit = {}) => {
    if (signal) signals.push(signal);
    return new Promise<Response>(() => {});
  };
  const options = {
    tags: ["tag:x"],
    fetch: fetch as typeof globalThis.fetch,
    delay: clock.delay,
  };
  const failed = assertRejects(
    () => resolveAuthKey("tskey-client-a-b?baseURL=https://api.example", options),
    Error,
    "Cannot make an auth key: no answer from api.example within 10 s",
  );
  await clock.advance(9_999);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  await clock.advance(1);
  await failed;
  assertEquals(signals.map(({ aborted }) => aborted), [true]);
});
