import { assertEquals, assertRejects } from "@std/assert";
import { describeError } from "../../src/errors.ts";
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

Deno.test("resolveAuthKey() passes the API's reason on with the advice that belongs to it", async () => {
  const [token, keys] = ["/api/v2/oauth/token", "/api/v2/tailnet/-/keys"];
  const scope = "the OAuth client needs the scope auth_keys and the tags of TSNET_TAGS";
  const portal = "check that only the API, and no captive portal, answers for api.tailscale.com";
  const refused = (status: number, text: string | null) => new Response(text, { status });
  const answers: readonly (readonly [path: string, answer: Response, reason: string])[] = [
    [keys, refused(400, "wrong\ntags"), `${keys} answered 400: wrong tags; ${scope}`],
    [keys, refused(403, "no"), `${keys} answered 403: no; ${scope}`],
    [token, refused(401, "no"), `${token} answered 401: no; check TS_AUTHKEY`],
    [token, refused(403, "no"), `${token} answered 403: no; check TS_AUTHKEY`],
    [keys, refused(503, "down"), `${keys} answered 503: down; the fault is the API's`],
    [token, refused(502, null), `${token} answered 502; the fault is the API's`],
    [token, refused(429, "slow down"), `${token} answered 429: slow down; the API is busy`],
    [keys, refused(302, null), `${keys} answered 302; ${portal}`],
    [keys, new Response("<html>"), `the answer of ${keys} is not JSON; ${portal}`],
    // Longer than what is read of an answer.
    [token, new Response("<html>".repeat(20_000)), `the answer of ${token} is not JSON; ${portal}`],
    [keys, new Response("null"), `the answer of ${keys} is not JSON; ${portal}`],
    [keys, Response.json({ key: 1 }), "the API's answer has none"],
  ];
  for (const [path, answer, reason] of answers) {
    const { fetch } = api({ [path]: answer });
    const options = { tags: ["tag:x"], fetch };
    const error = await assertRejects(() => resolveAuthKey("tskey-client-canary", options), Error);
    assertEquals(error.message, `no auth key: ${reason}`);
  }
});

Deno.test("resolveAuthKey() sends nothing more where the answer has no access token", async () => {
  for (const token of [undefined, 7, ""]) {
    const { asked, fetch } = api({ "/api/v2/oauth/token": Response.json({ access_token: token }) });
    const options = { tags: ["tag:x"], fetch };
    const error = await assertRejects(() => resolveAuthKey("tskey-client-canary", options), Error);
    assertEquals(
      error.message,
      "no auth key: the API's answer has no access token",
    );
    assertEquals(asked.length, 1);
  }
});

Deno.test("resolveAuthKey() keeps the path of the API's address", async () => {
  const { asked, fetch } = api();
  const options = { tags: ["tag:x"], fetch };
  await resolveAuthKey("tskey-client-a-b?baseURL=https://api.example/hs/", options);
  assertEquals(asked.map(([url]) => url), [
    "https://api.example/hs/api/v2/oauth/token",
    "https://api.example/hs/api/v2/tailnet/-/keys",
  ]);
});

Deno.test("resolveAuthKey() says the same of each attempt that breaks, whatever its port", async () => {
  const tell = async (port: number) => {
    const place = "https://api.example/api/v2/oauth/token (10.0.0.1:443)";
    const fetch = () =>
      Promise.reject(
        new TypeError(
          `error sending request from 10.0.0.2:${port} for ${place}: client error ` +
            "(SendRequest): connection closed before message completed",
        ),
      );
    const error = await assertRejects(() =>
      resolveAuthKey("tskey-client-a-b?baseURL=https://api.example", { tags: ["tag:x"], fetch })
    );
    return describeError(error);
  };
  const told = "no auth key: no answer from api.example: connection closed before " +
    "message completed; check the network";
  assertEquals([await tell(40_001), await tell(40_002)], [told, told]);
});

Deno.test("resolveAuthKey() never advises to send the secret without TLS", async () => {
  const error = new TypeError("received corrupt message of type InvalidContentType");
  const fetch = () => Promise.reject(error);
  const tell = async (secret: string) => {
    const failed = resolveAuthKey(secret, { tags: ["tag:x"], fetch });
    return (await assertRejects(() => failed, Error)).message.split("; ")[1];
  };
  assertEquals(
    await tell("tskey-client-a-b"),
    "check HTTPS_PROXY, and that no captive portal answers",
  );
  assertEquals(
    await tell("tskey-client-a-b?baseURL=https://api.example"),
    "check the port in the baseURL of TS_AUTHKEY, HTTPS_PROXY, and that no captive portal answers",
  );
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
    "no auth key: no answer from api.example within 10 s; check the network",
  );
  await clock.advance(9_999);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
  await clock.advance(1);
  await failed;
  assertEquals(signals.map(({ aborted }) => aborted), [true]);
});
