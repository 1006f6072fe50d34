import { assert, assertEquals } from "@std/assert";
import { createCredentialCheck, type CredentialCheck } from "../../../src/http/auth/credential.ts";
import { isFromBrowser, Sessions } from "../../../src/http/auth/session.ts";
import type { HandlerOptions } from "../../../src/http/handler.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { get } from "../_fake_views.ts";
import { makeHandler, REMOTE, statusOf, TOKEN } from "../_handler.ts";

/** A check that takes one token. */
function checkOf(token: string): CredentialCheck {
  return createCredentialCheck({ metricsToken: new Secret(token) }) ?? (() => undefined);
}

function setUp() {
  const clock = { nowMs: 0 };
  const sessions = new Sessions({
    check: checkOf("right"),
    now: () => clock.nowMs,
    key: new Uint8Array(32),
  });
  const logIn = (authorization = "Bearer right", hostname = "192.0.2.1") =>
    sessions.login(get("/login", { authorization }, "POST"), hostname);
  return { clock, sessions, logIn };
}

function cookieOf(response: Response): string {
  return (response.headers.get("set-cookie") ?? "").replace(/;.*$/, "");
}

Deno.test("Sessions.login() exchanges the token for a cookie that scripts cannot read", async () => {
  const { logIn, sessions } = setUp();
  const response = await logIn();
  assertEquals(response.status, 204);
  const cookie = response.headers.get("set-cookie") ?? "";
  assert(/; Max-Age=43200; HttpOnly; SameSite=Strict$/.test(cookie), cookie);
  assert(!cookie.includes("right"));
  assert(sessions.allows(get("/", { cookie: `other=1; ${cookieOf(response)}; more=2` })));
});

Deno.test("Sessions.login() marks the cookie as secure over TLS", async () => {
  const { sessions } = setUp();
  const request = new Request("https://tsmetrics.example.com/login", {
    method: "POST",
    headers: { authorization: "Bearer right" },
  });
  const response = await sessions.login(request, "192.0.2.1");
  const cookie = response.headers.get("set-cookie") ?? "";
  assert(cookie.endsWith("; Secure"));
});

Deno.test("Sessions.login() refuses a wrong token, and an address that tries often", async () => {
  const { clock, logIn } = setUp();
  const tries = await Promise.all(Array.from({ length: 6 }, () => logIn("Bearer wrong")));
  assertEquals(tries.map(({ status }) => status), [401, 401, 401, 401, 401, 429]);
  assertEquals((await logIn()).status, 429);
  assertEquals((await logIn("Bearer right", "192.0.2.2")).status, 204);
  clock.nowMs += 10_000;
  assertEquals((await logIn()).status, 204);
  assertEquals(await (await logIn()).text(), "Too Many Requests: too many logins.\n");
});

Deno.test("Sessions.allows() refuses what is changed, old, ended or of another process", async () => {
  const { clock, logIn, sessions } = setUp();
  const cookie = cookieOf(await logIn());
  const allows = (cookie: string) => sessions.allows(get("/", { cookie }));
  assert(allows(cookie));
  const [name = "", value = ""] = cookie.split("=");
  const [expires = "", nonce = "", signature = ""] = value.split(".");
  const forged = [
    `${name}=${Number(expires) + 1}.${nonce}.${signature}`,
    `${name}=${expires}.${nonce.replace(/./, (digit) => digit === "0" ? "1" : "0")}.${signature}`,
    `${name}=${expires}.${nonce}.${"A".repeat(43)}`,
    `${name}=${expires}.${nonce}`,
    `${name}=`,
    `x${cookie}`,
    "",
  ];
  for (const each of forged) assert(!allows(each), each);
  const other = new Sessions({ check: checkOf("other"), now: () => 0 });
  assert(!other.allows(get("/", { cookie })));
  clock.nowMs += 12 * 3_600_000;
  assert(!allows(cookie));
});

Deno.test("Sessions.logout() ends the session, for copies of the cookie, too", async () => {
  const { logIn, sessions } = setUp();
  const [cookie, other] = [cookieOf(await logIn()), cookieOf(await logIn())];
  const response = sessions.logout(get("/logout", { cookie }, "POST"));
  assert(response.headers.get("set-cookie")?.startsWith("tsmetrics_session=; Max-Age=0;"));
  assertEquals(sessions.allows(get("/", { cookie })), false);
  assertEquals(sessions.allows(get("/", { cookie: other })), true);
});

Deno.test("Sessions.allows() verifies the first cookies of a request only", async () => {
  const { logIn, sessions } = setUp();
  const cookie = cookieOf(await logIn());
  const forged = `tsmetrics_session=1.${"0".repeat(24)}.${"A".repeat(43)}`;
  const after = (count: number) => [...Array.from({ length: count }, () => forged), cookie];
  const allows = (count: number) => sessions.allows(get("/", { cookie: after(count).join("; ") }));
  assertEquals([0, 3, 4, 700].map(allows), [true, true, false, false]);
});

const BROWSER = { accept: "text/html,*/*;q=0.8" };

Deno.test("Sessions.watch() tells of the logout of a session, and when it expires", async () => {
  const { clock, logIn, sessions } = setUp();
  const cookie = cookieOf(await logIn());
  const told: string[] = [];
  const watch = (name: string, headers: Record<string, string>) =>
    sessions.watch(get("/", headers), () => told.push(name));
  assertEquals(watch("none", {}), undefined);
  const first = watch("first", { cookie });
  assertEquals(first?.expiresMs, 12 * 3_600_000);
  watch("second", { cookie });
  const other = cookieOf(await logIn());
  watch("other", { cookie: other });
  first?.unwatch();
  sessions.logout(get("/logout", { cookie }, "POST"));
  assertEquals(told, ["second"]);
  clock.nowMs = 12 * 3_600_000;
  assertEquals(watch("late", { cookie: other }), undefined);
});

Deno.test("createHandler() shows a browser the page without a token, and nothing of the tailnet", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN), rateLimit: { rps: 1, burst: 20 } });
  for (const path of ["/", "/vpn", "/ui/page.js"]) {
    assertEquals(await statusOf(handle(get(path, BROWSER), REMOTE)), 200, path);
  }
  const page = await (await handle(get("/", BROWSER), REMOTE)).text();
  assertEquals(page.includes("v1.0.0"), false);
  for (const path of ["/metrics", "/api/v1/summary", "/debug", "/nope"]) {
    assertEquals(await statusOf(handle(get(path, BROWSER), REMOTE)), 401, path);
  }
});

Deno.test("createHandler() limits the page like all else", async () => {
  const handle = makeHandler({ rateLimit: { rps: 1, burst: 1 } });
  const statuses = ["/vpn", "/vpn", "/ui/page.js", "/login"].map((path) =>
    statusOf(handle(get(path, BROWSER), REMOTE))
  );
  assertEquals(await Promise.all(statuses), [200, 429, 429, 429]);
});

Deno.test("createHandler() takes the cookie of a login in place of the token, until the logout", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  const own = { "x-requested-with": "tsmetrics" };
  const authorization = `Bearer ${TOKEN}`;
  const login = await handle(get("/login", { ...own, authorization }, "POST"), REMOTE);
  assertEquals(login.status, 204);
  const cookie = (login.headers.get("set-cookie") ?? "").replace(/;.*$/, "");
  assertEquals(await statusOf(handle(get("/metrics", { cookie }), REMOTE)), 200);
  assertEquals(await statusOf(handle(get("/logout", { ...own, cookie }, "POST"), REMOTE)), 204);
  assertEquals(await statusOf(handle(get("/metrics", { cookie }), REMOTE)), 401);
});

Deno.test("createHandler() takes name and password for a login, too, and shares the bound of guesses", async () => {
  const users = [{ name: "ann", hash: new Secret("$2y$10$right") }];
  const compare = (password: string, hash: string) =>
    Promise.resolve(hash.endsWith(`$${password}`));
  const handle = makeHandler({ metricsToken: new Secret(TOKEN), users, compare });
  const own = { "x-requested-with": "tsmetrics" };
  const basic = (password: string) => ({ authorization: `Basic ${btoa(`ann:${password}`)}` });
  const asked = await handle(get("/api/v1/summary", own), REMOTE);
  assertEquals([asked.status, await asked.text()], [
    401,
    "Unauthorized: a token, or a user name and a password, is required.\n",
  ]);
  const wrong = await handle(get("/login", { ...own, ...basic("wrong") }, "POST"), REMOTE);
  assertEquals([wrong.status, wrong.headers.get("www-authenticate"), await wrong.text()], [
    401,
    null,
    "Unauthorized: wanted the bearer token of METRICS_TOKEN or a login of BASIC_AUTH_USERS, got " +
    "another.\n",
  ]);
  const login = await handle(get("/login", { ...own, ...basic("right") }, "POST"), REMOTE);
  const cookie = (login.headers.get("set-cookie") ?? "").replace(/;.*$/, "");
  assertEquals(await statusOf(handle(get("/metrics", { cookie }), REMOTE)), 200);
  // The one above and these are ten.
  for (let guess = 0; guess < 8; guess++) {
    assertEquals(await statusOf(handle(get("/metrics", basic(`${guess}`)), REMOTE)), 401);
  }
  assertEquals(
    await statusOf(handle(get("/login", { ...own, ...basic("x") }, "POST"), REMOTE)),
    429,
  );
});

Deno.test("createHandler() refuses a change that another site may have sent", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  const authorization = `Bearer ${TOKEN}`;
  const forged = await handle(get("/login", { authorization }, "POST"), REMOTE);
  assertEquals([forged.status, await forged.text()], [
    403,
    "Forbidden: wanted the header X-Requested-With: tsmetrics.\n",
  ]);
  const byGet = await handle(get("/logout"), REMOTE);
  assertEquals([byGet.status, byGet.headers.get("allow")], [405, "POST"]);
  await byGet.body?.cancel();
});

Deno.test("createHandler() wants the certificate of a browser that is logged in, too", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN), wantsCertificate: true });
  const headers = { "x-requested-with": "tsmetrics", authorization: `Bearer ${TOKEN}` };
  const shown = { ...REMOTE, hasCertificate: true };
  for (const path of ["/", "/vpn", "/ui/page.js"]) {
    assertEquals(await statusOf(handle(get(path, BROWSER), REMOTE)), 403, path);
    assertEquals(await statusOf(handle(get(path, BROWSER), shown)), 200, path);
  }
  assertEquals(await statusOf(handle(get("/login", headers, "POST"), REMOTE)), 403);
  const login = await handle(get("/login", headers, "POST"), shown);
  const cookie = (login.headers.get("set-cookie") ?? "").replace(/;.*$/, "");
  assertEquals(await statusOf(handle(get("/metrics", { cookie }), REMOTE)), 403);
  assertEquals(await statusOf(handle(get("/metrics", { cookie }), shown)), 200);
});

Deno.test("createHandler() asks a browser for name and password where there is no token", async () => {
  const users = [{ name: "ann", hash: new Secret(`$2a$04$${"a".repeat(53)}`) }];
  const challenge = async (options: Partial<HandlerOptions>, headers = {}) => {
    const handle = makeHandler({ users, ...options });
    const [response, other] = await Promise.all(
      ["/", "/vpn"].map((path) => handle(get(path, { ...BROWSER, ...headers }), REMOTE)),
    );
    await Promise.all([response?.body?.cancel(), other?.body?.cancel()]);
    assertEquals(other?.status, response?.status);
    return [response?.status, response?.headers.get("www-authenticate")];
  };
  const basic = 'Basic realm="tsmetrics", charset="UTF-8"';
  assertEquals(await challenge({}), [401, basic]);
  const metricsToken = new Secret(TOKEN);
  assertEquals(await challenge({ metricsToken }), [200, null]);
  // The page's own requests bring up no form of the browser.
  const own = makeHandler({ users, metricsToken });
  const headers = { "x-requested-with": "tsmetrics" };
  const refused = await own(get("/api/v1/summary", headers), REMOTE);
  assertEquals([refused.status, refused.headers.get("www-authenticate")], [401, null]);
  await refused.body?.cancel();
});

Deno.test("isFromBrowser() knows a browser by what it says of the page", () => {
  for (
    const [headers, isBrowser] of [
      [{}, false],
      [{ "user-agent": "Mozilla/5.0" }, false],
      [{ origin: "null" }, true],
      [{ "sec-fetch-site": "none" }, true],
    ] as const
  ) assertEquals(isFromBrowser(get("/", headers, "POST")), isBrowser);
});
