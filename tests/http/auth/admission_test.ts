import { assertEquals } from "@std/assert";
import {
  type AdmissionOptions,
  createAdmission,
  createTrustCheck,
} from "../../../src/http/auth/admission.ts";
import { RateLimiter } from "../../../src/http/rate_limiter.ts";
import { SECURITY_HEADERS } from "../../../src/http/reply.ts";
import { Secret } from "../../../src/secret/secret.ts";
import { FakeClock } from "../../_support/fake_clock.ts";
import { fakeViews, get, healthReport } from "../_fake_views.ts";
import { makeHandler, REMOTE, statusOf } from "../_handler.ts";

const TOKEN = new Secret("canary-token-0123456789");
const USERS = [{ name: "ann", hash: new Secret("$2y$10$right") }];
const BASIC = 'Basic realm="tsmetrics", charset="UTF-8"';

function basic(password: string): string {
  return `Basic ${new TextEncoder().encode(`ann:${password}`).toBase64()}`;
}

function compare(password: string, hash: string): Promise<boolean> {
  return password === "fail"
    ? Promise.reject(new Error("no bcrypt"))
    : Promise.resolve(hash.endsWith(`$${password}`));
}

function login(password: string): Record<string, string> {
  return { authorization: basic(password) };
}

function setUp(options: AdmissionOptions) {
  const lines: string[] = [];
  const log = {
    warning: (text: string, values?: unknown) =>
      void lines.push(`${text} ${JSON.stringify(values)}`),
    error: (text: string, values?: unknown) => void lines.push(`${text} ${JSON.stringify(values)}`),
  };
  const { now } = new FakeClock();
  const compare = (password: string, hash: string) =>
    password === "fail" ? Promise.reject(new Error("no bcrypt")) : Promise.resolve(
      hash.endsWith(`$${password}`),
    );
  const admit = createAdmission({ compare, now, log, ...options });
  return {
    lines,
    async ask(authorization?: string, remote: Parameters<typeof admit>[1] = REMOTE) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await admit(get("/metrics", headers), remote);
      return response && [
        response.status,
        (await response.text()).trim(),
        response.headers.get("www-authenticate") ?? response.headers.get("retry-after"),
      ];
    },
  };
}

Deno.test("createAdmission() admits everyone where nothing is required", async () => {
  const { ask } = setUp({});
  assertEquals([await ask(), await ask("Basic x")], [undefined, undefined]);
});

Deno.test("createAdmission() wants the token", async () => {
  const { ask } = setUp({ metricsToken: TOKEN });
  assertEquals(await ask(`Bearer ${TOKEN.reveal()}`), undefined);
  assertEquals(await ask(), [401, "Unauthorized: a bearer token is required.", "Bearer"]);
  assertEquals(await ask(basic("right")), [
    401,
    "Unauthorized: wanted the bearer token of METRICS_TOKEN, got another.",
    "Bearer",
  ]);
});

Deno.test("createAdmission() wants name and password", async () => {
  const { ask } = setUp({ users: USERS });
  assertEquals(await ask(basic("right")), undefined);
  assertEquals(await ask(), [401, "Unauthorized: a user name and a password are required.", BASIC]);
  assertEquals(await ask(basic("wrong")), [
    401,
    "Unauthorized: wanted a login of BASIC_AUTH_USERS, got another.",
    BASIC,
  ]);
});

Deno.test("createAdmission() takes token or login where there are both", async () => {
  const { ask } = setUp({ users: USERS, metricsToken: TOKEN });
  assertEquals(await ask(`Bearer ${TOKEN.reveal()}`), undefined);
  assertEquals(await ask(basic("right")), undefined);
  assertEquals(await ask(), [
    401,
    "Unauthorized: a bearer token, or a user name and a password, is required.",
    `${BASIC}, Bearer`,
  ]);
  assertEquals(await ask("Bearer x"), [
    401,
    "Unauthorized: wanted the bearer token of METRICS_TOKEN or a login of BASIC_AUTH_USERS, " +
    "got another.",
    `${BASIC}, Bearer`,
  ]);
});

Deno.test("createAdmission() wants a client certificate beside token or login", async () => {
  const shown = { ...REMOTE, hasCertificate: true };
  const refusal = [403, "Forbidden: a certificate of TLS_CLIENT_CA_PEM is required.", null];
  const alone = setUp({ wantsCertificate: true });
  assertEquals(await alone.ask(undefined, shown), undefined);
  assertEquals(await alone.ask(), refusal);
  const both = setUp({ wantsCertificate: true, metricsToken: TOKEN });
  assertEquals(await both.ask(`Bearer ${TOKEN.reveal()}`, shown), undefined);
  assertEquals(await both.ask(`Bearer ${TOKEN.reveal()}`), refusal);
  assertEquals((await both.ask(undefined, shown))?.[0], 401);
});

Deno.test("createAdmission() answers 429 to an address that guesses, and says so once", async () => {
  const { ask, lines } = setUp({ users: USERS });
  for (let guess = 0; guess < 10; guess++) assertEquals((await ask(basic(`${guess}`)))?.[0], 401);
  for (let guess = 10; guess < 13; guess++) {
    assertEquals(await ask(basic(`${guess}`)), [
      429,
      "Too Many Requests: too many wrong logins.",
      "10",
    ]);
  }
  assertEquals(lines, [
    'Refusing logins of {address}: too many wrong names or passwords {"address":"192.0.2.1"}',
  ]);
});

Deno.test("createAdmission() answers 503 where a password cannot be verified, and logs why", async () => {
  const { ask, lines } = setUp({ users: USERS });
  const answer = await ask(basic("fail"));
  assertEquals(answer, [503, "Service Unavailable: cannot verify passwords.", null]);
  assertEquals(lines, ['Cannot verify a password: {error} {"error":"no bcrypt"}']);
  assertEquals(await ask(basic("right")), undefined);
});

Deno.test("createTrustCheck() counts what has a credential with the requests of its address, and nothing else", async () => {
  const { now } = new FakeClock();
  const isTrusted = createTrustCheck({
    admit: createAdmission({ metricsToken: TOKEN, users: USERS, compare, now }),
    limiter: new RateLimiter({ rps: 1, burst: 4, now }),
  });
  const ask = async (headers: Record<string, string>) =>
    await isTrusted(get("/health", headers), REMOTE);
  const right = { authorization: `Bearer ${TOKEN.reveal()}` };
  for (let probe = 0; probe < 9; probe++) assertEquals(await ask({}), false);
  assertEquals(await ask(right), true);
  assertEquals(await ask(login("right")), true);
  assertEquals(await ask(login("wrong")), false);
  assertEquals(await ask({ cookie: "tsmetrics_session=x" }), false);
  assertEquals(await ask(right), false, "too many requests of this address");
  assertEquals(await isTrusted(get("/health", right), { hostname: "192.0.2.2" }), true);
});

/** A server whose node has to be logged in. */
const LOGIN_URL = "https://login.example/a/1";
const VIEWS = {
  ...fakeViews(),
  health: () =>
    healthReport({
      status: "unhealthy",
      ownNode: { state: "needs_login", restarts: 0, loginUrl: LOGIN_URL },
    }),
};

Deno.test("createHandler() shows the login URL in /health to requests with a valid credential only", async () => {
  const shown = { ...REMOTE, hasCertificate: true };
  const right = { authorization: `Bearer ${TOKEN.reveal()}` };
  const both = makeHandler({ views: VIEWS, metricsToken: TOKEN, users: USERS, compare });
  const session = await both(
    get("/login", { ...right, "x-requested-with": "tsmetrics" }, "POST"),
    REMOTE,
  );
  const cookie = (session.headers.get("set-cookie") ?? "").replace(/;.*$/, "");
  const certified = makeHandler({ views: VIEWS, wantsCertificate: true });
  const strict = makeHandler({ views: VIEWS, wantsCertificate: true, metricsToken: TOKEN });
  const open = makeHandler({ views: VIEWS });
  const cases = [
    [both, right, REMOTE, true],
    [both, login("right"), REMOTE, true],
    [both, { cookie }, REMOTE, true],
    [both, {}, REMOTE, false],
    [both, { authorization: "Bearer x" }, REMOTE, false],
    [both, login("wrong"), REMOTE, false],
    [both, login("fail"), REMOTE, false],
    [both, { cookie: `${cookie}x` }, REMOTE, false],
    [certified, {}, shown, true],
    [certified, right, REMOTE, false],
    [strict, right, shown, true],
    [strict, right, REMOTE, false],
    [strict, {}, shown, false],
    [open, right, shown, false],
    [open, {}, REMOTE, false],
  ] as const;
  for (const [index, [handle, headers, remote, hasUrl]] of cases.entries()) {
    const response = await handle(get("/health", headers), remote);
    assertEquals(response.status, 503);
    assertEquals((await response.json()).tsnet, {
      ...{ state: "needs_login", restarts: 0 },
      ...hasUrl && { login_url: LOGIN_URL },
    }, `case ${index}`);
  }
  assertEquals(await (await both(get("/healthz", right), REMOTE)).json(), {
    status: "unhealthy",
    timestamp: "2025-01-07T21:30:00Z",
  });
});

const OPEN = ["/health", "/healthz", "/livez", "/readyz", "/startupz", "/-/healthy", "/-/ready"];
const GUARDED = ["/", "/metrics", "/debug", "/sd/devices?port=9100", "/sd/pages"];

Deno.test("createHandler() opens health and probes only, once there are users or certificates", async () => {
  const handle = makeHandler({ users: USERS, compare });
  const asking = makeHandler({ wantsCertificate: true });
  const shown = { ...REMOTE, hasCertificate: true };
  for (const path of OPEN) {
    assertEquals(await statusOf(handle(get(path), REMOTE)), 200, path);
    assertEquals(await statusOf(asking(get(path), REMOTE)), 200, path);
  }
  for (const path of [...GUARDED, "/nope", "/health/", "//health", "/HEALTH"]) {
    const status = GUARDED.includes(path) ? 200 : 404;
    assertEquals(await statusOf(handle(get(path), REMOTE)), 401, path);
    assertEquals(await statusOf(handle(get(path, login("wrong")), REMOTE)), 401, path);
    for (let count = 0; count < 2; count++) {
      assertEquals(await statusOf(handle(get(path, login("right")), REMOTE)), status, path);
    }
    assertEquals(await statusOf(asking(get(path), REMOTE)), 403, path);
    assertEquals(await statusOf(asking(get(path), shown)), status, path);
  }
});

Deno.test("createHandler() limits requests before it compares a password", async () => {
  let compared = 0;
  const handle = makeHandler({
    users: USERS,
    compare: () => Promise.resolve(++compared > 100),
    rateLimit: { rps: 1, burst: 3 },
  });
  const statuses: number[] = [];
  for (let guess = 0; guess < 5; guess++) {
    statuses.push(await statusOf(handle(get("/metrics", login(`${guess}`)), REMOTE)));
  }
  assertEquals([statuses, compared], [[401, 401, 401, 429, 429], 3]);
});

Deno.test("createHandler() counts unread answers and refuses methods after a login, too", async () => {
  const handle = makeHandler({ users: USERS, compare, maxUnread: 1 });
  const remote = { ...REMOTE, completed: () => new Promise<void>(() => {}) };
  const headers = login("right");
  assertEquals(await statusOf(handle(get("/metrics", headers, "POST"), REMOTE)), 405);
  assertEquals(await statusOf(handle(get("/metrics", headers), remote)), 200);
  assertEquals(await statusOf(handle(get("/metrics", headers), remote)), 503);
  const head = await handle(get("/metrics", login("other"), "HEAD"), REMOTE);
  assertEquals([head.status, head.body], [401, null]);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    assertEquals(head.headers.get(name), value, name);
  }
});
