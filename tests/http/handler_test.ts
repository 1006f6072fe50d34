import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHandler } from "../../src/http/handler.ts";
import { SECURITY_HEADERS } from "../../src/http/reply.ts";
import { createRoutes } from "../../src/http/route.ts";
import type { Views } from "../../src/http/view.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { debugReport, FakePage, fakeViews, get } from "./_fake_views.ts";
import { makeHandler, REMOTE, statusOf, TOKEN, withoutParameter } from "./_handler.ts";

const OPEN = ["/health", "/healthz", "/livez", "/readyz", "/startupz", "/-/healthy", "/-/ready"];
const GUARDED = ["/", "/metrics", "/debug"].concat(
  "/metrics?shard=0&shards=2",
  "/sd/shards?shards=2",
  "/sd/devices?port=9100",
  "/sd/pages",
);
const PUBLIC = ["/vpn", "/ui/page.js", "/ui/page.css", "/ui/icon.svg", "/login", "/logout"];

Deno.test("createHandler() answers every path by GET and by HEAD, with the same headers", async () => {
  const handle = makeHandler();
  for (const path of [...OPEN, ...GUARDED, "/nope", "/metrics/", "/favicon.ico"]) {
    const byGet = await handle(get(path), REMOTE);
    const byHead = await handle(get(path, {}, "HEAD"), REMOTE);
    const text = await byGet.text();
    assertEquals([byHead.status, byHead.body], [byGet.status, null], path);
    assertEquals([...byHead.headers], [...byGet.headers], path);
    assertEquals(byGet.headers.get("content-length"), String(text.length), path);
    assertEquals(byGet.status, [...OPEN, ...GUARDED].includes(path) ? 200 : 404, path);
  }
});

Deno.test("createHandler() sets the security headers on every answer", async () => {
  const handle = makeHandler({ rateLimit: { rps: 1, burst: 2 }, metricsToken: new Secret(TOKEN) });
  const authorization = `Bearer ${TOKEN}`;
  const answers = [
    await handle(get("/health"), REMOTE),
    await handle(get("/metrics", { authorization }), REMOTE),
    await handle(get("/metrics"), REMOTE),
    await handle(get("/metrics"), REMOTE),
    await handle(get("/health", {}, "POST"), REMOTE),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 200, 401, 429, 405]);
  for (const answer of answers) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      assertEquals(answer.headers.get(name), value, `${answer.status} ${name}`);
    }
    await answer.body?.cancel();
  }
});

Deno.test("createHandler() allows GET and HEAD and says so", async () => {
  const handle = makeHandler();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    for (const path of ["/metrics", "/health", "/"]) {
      const response = await handle(get(path, {}, method), REMOTE);
      assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
      assertEquals(await response.text(), "Method Not Allowed\n");
    }
  }
});

Deno.test("createHandler() opens health and probes only, once there is a token", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  for (const path of OPEN) assertEquals(await statusOf(handle(get(path), REMOTE)), 200, path);
  for (const path of [...GUARDED, "/nope", "/health/", "/health/x", "//health", "/HEALTH"]) {
    const response = await handle(get(path), REMOTE);
    assertEquals([response.status, response.headers.get("www-authenticate")], [401, "Bearer"]);
    assertEquals(await response.text(), "Unauthorized: a bearer token is required.\n");
    const wrong = await handle(get(path, { authorization: `Bearer ${TOKEN}x` }), REMOTE);
    assertEquals(
      [wrong.status, await wrong.text()],
      [401, "Unauthorized: wanted the bearer token of METRICS_TOKEN, got another.\n"],
    );
    const authorization = `Bearer ${TOKEN}`;
    const status = await statusOf(handle(get(path, { authorization }), REMOTE));
    assertEquals(status, GUARDED.includes(path) ? 200 : 404, path);
  }
});

/** Every path that the program answers, read from where they are, so that none is forgotten. */
function everyPath(): readonly string[] {
  return [...createRoutes(fakeViews(), () => new Response("up 1\n")).keys()];
}

Deno.test("createHandler() wants the token for every route that is no health check or probe", async () => {
  const paths = everyPath().filter((path) => !PUBLIC.includes(path));
  assertEquals(paths.filter((path) => OPEN.includes(path)), OPEN);
  for (const path of paths) {
    const isOpen = OPEN.includes(path);
    const handle = makeHandler({
      metricsToken: new Secret(TOKEN),
      rateLimit: { rps: 1, burst: 5 },
    });
    const wrong = [{}, { authorization: `Bearer ${TOKEN}x` }, { authorization: `Basic ${TOKEN}` }];
    for (const headers of wrong) {
      for (const method of headers === wrong[0] ? ["GET", "HEAD", "POST"] : ["GET"]) {
        const status = await statusOf(handle(get(path, headers, method), REMOTE));
        assertEquals(status, !isOpen ? 401 : method === "POST" ? 405 : 200, `${method} ${path}`);
      }
    }
    // what was refused counted, so that tokens cannot be guessed; the right token does not help
    const authorization = `Bearer ${TOKEN}`;
    const status = await statusOf(handle(get(path, { authorization }), REMOTE));
    assertEquals(status, isOpen ? 200 : 429, path);
  }
});

Deno.test("createHandler() shows every answer of every route without what the request held", async () => {
  const canary = "<c4n4ry>";
  const headers = {
    accept: canary,
    "accept-encoding": canary,
    cookie: canary,
    "if-none-match": canary,
    origin: `http://c4n4ry.example`,
    referer: `http://127.0.0.1:9100/c4n4ry`,
    "user-agent": canary,
    "x-forwarded-host": "c4n4ry.example",
    "x-prometheus-scrape-timeout-seconds": canary,
  };
  for (const path of everyPath()) {
    for (const query of ["", `?${canary}`, `?shards=${canary}&tag=${canary}&shard=${canary}`]) {
      for (const method of ["GET", "POST"]) {
        const response = await makeHandler()(get(`${path}${query}`, headers, method), REMOTE);
        const text = await response.text();
        // As the JSON API does, the refusal of a parameter names it and its value, as JSON alone.
        const isRefusal = path.startsWith("/analytics/") && response.status === 400;
        const shown = isRefusal ? withoutParameter(text) : text;
        const all = JSON.stringify([...response.headers]) + shown;
        assertEquals(/c4n4ry/i.test(all), false, `${method} ${path}${query}`);
        if (isRefusal) assertEquals(response.headers.get("content-type"), "application/json");
        const isHtml = response.headers.get("content-type")?.startsWith("text/html") ?? false;
        const isPage = path === "/" || path === "/vpn";
        assertEquals(isHtml, isPage && method === "GET", `${method} ${path}`);
      }
    }
  }
});

Deno.test("createHandler() does not take a path that only looks like an open one", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  for (const path of ["/metrics?x=/health", "/health%2f..%2fmetrics", "/metrics#/health"]) {
    assertEquals(await statusOf(handle(get(path), REMOTE)), 401, path);
  }
  // a URL has its dots resolved before anybody looks at it
  assertEquals(await statusOf(handle(get("/health/../metrics"), REMOTE)), 401);
  assertEquals(await statusOf(handle(get("/health?x=1"), REMOTE)), 200);
});

Deno.test("createHandler() limits an address before it looks at its token", async () => {
  const clock = new FakeClock();
  const handle = makeHandler({
    rateLimit: { rps: 0.5, burst: 2 },
    metricsToken: new Secret(TOKEN),
    now: clock.now,
  });
  const authorization = `Bearer ${TOKEN}`;
  assertEquals(await statusOf(handle(get("/metrics"), REMOTE)), 401);
  assertEquals(await statusOf(handle(get("/nope"), REMOTE)), 401);
  const limited = await handle(get("/metrics", { authorization }), REMOTE);
  assertEquals([limited.status, limited.headers.get("retry-after")], [429, "2"]);
  assertEquals(await limited.text(), "Too Many Requests\n");
  const other = { hostname: "192.0.2.2" };
  assertEquals(await statusOf(handle(get("/metrics", { authorization }), other)), 200);
  await clock.advance(2000);
  assertEquals(await statusOf(handle(get("/metrics", { authorization }), REMOTE)), 200);
});

Deno.test("createHandler() limits no probe", async () => {
  const handle = makeHandler({ rateLimit: { rps: 1, burst: 1 } });
  for (let i = 0; i < 20; i++) {
    for (const path of OPEN) assertEquals(await statusOf(handle(get(path), REMOTE)), 200);
  }
  assertEquals(await statusOf(handle(get("/metrics"), REMOTE)), 200);
  assertEquals(await statusOf(handle(get("/metrics"), REMOTE)), 429);
});

Deno.test("createHandler() does not trust headers about the client", async () => {
  const handle = makeHandler({ rateLimit: { rps: 1, burst: 1 } });
  await statusOf(handle(get("/"), REMOTE));
  const request = get("/", { "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.7" });
  assertEquals(await statusOf(handle(request, REMOTE)), 429);
});

Deno.test("createHandler() answers 500 without details and logs them", async () => {
  const lines: unknown[] = [];
  const views: Views = {
    ...fakeViews(),
    debug: () => {
      throw new Error("secret detail", { cause: new RangeError("deeper") });
    },
  };
  const handle = makeHandler({
    views,
    log: {
      error: (message, properties) => lines.push([message, properties]),
      info: () => {},
      warning: () => {},
    },
  });
  const response = await handle(get("/debug"), REMOTE);
  assertEquals([response.status, await response.text()], [500, "Internal Server Error\n"]);
  assertEquals(lines, [[
    "Cannot answer {path}: {error}",
    { path: "/debug", error: "secret detail: deeper" },
  ]]);
});

Deno.test("createHandler() answers 400 where the Host header makes no URL", async () => {
  const request = get("/health");
  Object.defineProperty(request, "url", { value: "http://a b</health" });
  const response = await makeHandler()(request, REMOTE);
  assertEquals([response.status, await response.text()], [400, "Bad Request\n"]);
});

Deno.test("createHandler() lets no Host header choose the path", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  const request = new Request("http://x/livez?/metrics", { headers: { host: "x/livez?" } });
  const response = await handle(request, REMOTE);
  assertEquals([response.status, await response.text()], [400, "Bad Request\n"]);
});

Deno.test("createHandler() repeats nothing of what it was sent", async () => {
  const handle = makeHandler({ metricsToken: new Secret(TOKEN) });
  const canary = "c4n4ry";
  const headers = { authorization: `Bearer ${canary}`, accept: canary, "user-agent": canary };
  for (
    const path of [
      `/sd/devices?${canary}`,
      `/metrics?shard=${canary}`,
      `/${canary}`,
      `/?${canary}`,
      `/metrics?x=${canary}`,
      `/health?${canary}`,
    ]
  ) {
    for (const method of ["GET", "POST"]) {
      const response = await handle(get(path, headers, method), REMOTE);
      const all = JSON.stringify([...response.headers]) + await response.text();
      assertEquals(all.includes(canary), false, `${method} ${path}`);
    }
  }
});

Deno.test("createHandler() tells service discovery the address it is told", async () => {
  const handle = makeHandler({ sdAddress: "tsmetrics.example.com:443" });
  const [group] = await (await handle(get("/sd/shards?shards=1"), REMOTE)).json();
  assertEquals(group.targets, ["tsmetrics.example.com:443"]);
});

Deno.test("createHandler() answers 503 instead of a list while nothing is known", async () => {
  const handle = makeHandler({ views: fakeViews(undefined, "starting") });
  for (const path of ["/sd/devices", "/sd/pages"]) {
    const response = await handle(get(path), REMOTE);
    assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
    await response.body?.cancel();
  }
});

Deno.test("createHandler() of a shard gives no other shard's page", async () => {
  const views: Views = { ...fakeViews(), shard: { index: 0, count: 2 } };
  const handle = makeHandler({ views });
  const codes = [];
  for (const query of ["", "?shard=0&shards=2", "?shard=1&shards=2"]) {
    codes.push(await statusOf(handle(get(`/metrics${query}`), REMOTE)));
  }
  assertEquals(codes, [200, 200, 400]);
});

Deno.test("createHandler() passes its bounds on to the page", async () => {
  const handle = makeHandler({ maxInFlight: 1, stallMs: 5 });
  const first = await handle(get("/metrics"), REMOTE);
  assertEquals(await statusOf(handle(get("/metrics"), REMOTE)), 503);
  assertStringIncludes(await first.text(), "up 1");
});

Deno.test("createHandler() sends forty pages at once by default, and one more when one has ended", async () => {
  const handle = makeHandler();
  const replies: Response[] = [];
  for (let count = 0; count < 40; count++) replies.push(await handle(get("/metrics"), REMOTE));
  assertEquals(replies.map(({ status }) => status), Array<number>(40).fill(200));
  const late = await handle(get("/metrics"), REMOTE);
  assertEquals([late.status, late.headers.get("retry-after")], [503, "1"]);
  assertEquals(await late.text(), "Service Unavailable: too many scrapes at once.\n");
  await replies.pop()?.body?.cancel();
  replies.push(await handle(get("/metrics"), REMOTE));
  assertEquals(replies.at(-1)?.status, 200);
  for (const { body } of replies) await body?.cancel();
});

Deno.test("createHandler() needs no clock, wait or log to be told", async () => {
  const handle = createHandler({ views: fakeViews(), rateLimit: { rps: 1, burst: 1 } });
  assertEquals(await (await handle(get("/metrics"), REMOTE)).text(), "up 1\n");
});

Deno.test("createHandler() gives an address that leaves 20 answers unread no more of them", async () => {
  const warnings: unknown[] = [];
  const log = {
    error: () => {},
    info: () => {},
    warning: (message: string, properties?: unknown) => warnings.push([message, properties]),
  };
  const clock = new FakeClock();
  const handle = makeHandler({ log, now: clock.now });
  const answers = Array.from({ length: 20 }, () => Promise.withResolvers<void>());
  for (const { promise } of answers) {
    const remote = { ...REMOTE, completed: () => promise };
    assertEquals(await statusOf(handle(get("/debug"), remote)), 200);
  }
  for (const path of GUARDED) {
    const reply = await handle(get(path), REMOTE);
    assertEquals([reply.status, reply.headers.get("retry-after")], [503, "1"], path);
    assertStringIncludes(await reply.text(), "too many unread responses");
  }
  const warning = [
    "Refusing requests of {address}: it has left {answers} responses unread",
    { address: "192.0.2.1", answers: 20 },
  ];
  assertEquals(warnings, [warning]);
  await clock.advance(60_000);
  assertEquals(await statusOf(handle(get("/debug"), REMOTE)), 503);
  assertEquals(warnings, [warning, warning]);
  // probes are free, and so are others
  for (const path of OPEN) assertEquals(await statusOf(handle(get(path), REMOTE)), 200);
  assertEquals(await statusOf(handle(get("/debug"), { hostname: "192.0.2.2" })), 200);
  answers[7]?.reject(new Error("the connection is gone"));
  await settle();
  assertEquals(await statusOf(handle(get("/debug"), REMOTE)), 200);
});

/** The handler with clients that ask and read nothing, from as many addresses as a test wants. */
function setUpReaders(views: Views) {
  const clock = new FakeClock();
  const warnings: unknown[] = [];
  const log = {
    error: () => {},
    info: () => {},
    warning: (message: string, properties?: unknown) => warnings.push([message, properties]),
  };
  const handle = makeHandler({ views, log, now: clock.now, delay: clock.delay });
  const ask = async (path: string, hostname: string) => await handle(get(path), { hostname });
  return { clock, warnings, ask };
}

Deno.test("createHandler() lets two clients that read nothing keep no third one out", async () => {
  const page = new FakePage(["up 1\n", "down 0\n"]);
  const { clock, warnings, ask } = setUpReaders(fakeViews(page));
  const held: Response[] = [];
  for (let count = 0; count < 40; count++) {
    held.push(await ask("/metrics", count < 20 ? "192.0.2.1" : "192.0.2.2"));
    await clock.advance(100);
  }
  await clock.advance(1_000);
  const third = await ask("/metrics", "192.0.2.3");
  assertEquals([third.status, await third.text()], [200, "up 1\ndown 0\n"]);
  assertEquals(warnings, [[
    "Aborted a response to {address}: it read nothing for {seconds} s, and all places are taken",
    { address: "192.0.2.1", seconds: 5 },
  ]]);
  await assertRejects(async () => await held[0]?.text(), Error, "others want its place");
  for (const { body } of held.slice(1)) await body?.cancel();
});

Deno.test("createHandler() keeps no more than 16 MiB of large answers that clients do not read", async () => {
  let count = 0;
  const debug = () => debugReport({ config: { text: `${count++}`.padEnd(4 * 1024 * 1024, "x") } });
  const { clock, ask } = setUpReaders({ ...fakeViews(), debug });
  const held: Response[] = [];
  for (let at = 0; at < 10; at++) {
    held.push(await ask("/debug", `192.0.2.${at}`));
    // the report is kept for a moment
    await clock.advance(2_000);
  }
  assertEquals(count, 10);
  const isServed: boolean[] = [];
  for (const { body } of held) {
    const reader = body?.getReader();
    isServed.push(await reader?.read().then(() => true, () => false) ?? false);
    await reader?.cancel().catch(() => {});
  }
  assertEquals(isServed, [...Array(6).fill(false), ...Array(4).fill(true)]);
});
