import { assertEquals } from "@std/assert";
import { isProbe } from "../../src/http/probe.ts";
import { createRoutes, findRoute } from "../../src/http/route.ts";
import type { HealthStatus } from "../../src/http/view.ts";
import { fakeViews, get } from "./_fake_views.ts";
import { REMOTE } from "./_handler.ts";

function metrics(): Response {
  return new Response("page");
}

Deno.test("createRoutes() guards the page, discovery, /debug and /, and opens health and probes", () => {
  const routes = createRoutes(fakeViews(), metrics);
  const byAccess = Map.groupBy(routes.keys(), (path) => routes.get(path)?.access);
  assertEquals(byAccess.get("guarded"), [
    "/",
    "/vpn",
    "/metrics",
    "/sd/shards",
    "/sd/devices",
    "/sd/pages",
    "/debug",
    "/api/v1/events/stream",
    "/api/*",
    "/health-monitoring/*",
    "/analytics/devices",
    "/analytics/access-logs",
    "/analytics/dashboard-usage",
    "/analytics/quota-status",
    "/analytics/ingest",
  ]);
  assertEquals(byAccess.get("public"), [
    "/ui/page.js",
    "/ui/page.css",
    "/ui/icon.svg",
    "/login",
    "/logout",
  ]);
  assertEquals(byAccess.get("open"), [
    "/health",
    "/healthz",
    "/livez",
    "/readyz",
    "/startupz",
    "/-/healthy",
    "/-/ready",
  ]);
  const probes = [...routes.keys()].filter((path) => isProbe(path));
  assertEquals(probes, byAccess.get("open"), "isProbe() is to have the paths that are open");
});

Deno.test("createRoutes() asks the views anew for each answer", async () => {
  const cases: readonly (readonly [status: HealthStatus, codes: number[]])[] = [
    ["healthy", [200, 200, 200, 200, 200, 200, 200]],
    ["degraded", [200, 200, 200, 200, 200, 200, 200]],
    ["starting", [503, 503, 200, 503, 503, 200, 503]],
    ["unhealthy", [503, 503, 503, 503, 200, 503, 503]],
  ];
  for (const [status, codes] of cases) {
    const seen: number[] = [];
    for (const [path, route] of createRoutes(fakeViews(undefined, status), metrics)) {
      const response = await route.answer(get(path), REMOTE);
      await response.body?.cancel();
      if (route.access === "open") seen.push(response.status);
    }
    assertEquals(seen, codes, status);
  }
});

Deno.test("findRoute() takes paths letter by letter, and what is below /api/ as one", () => {
  const routes = createRoutes(fakeViews(), metrics);
  assertEquals(findRoute(routes, "/metrics/"), undefined);
  assertEquals(findRoute(routes, "/api"), undefined);
  assertEquals(findRoute(routes, "/API/v1/devices"), undefined);
  assertEquals(findRoute(routes, "/api/v1/devices/7")?.access, "guarded");
});

Deno.test("createRoutes() gives browsers the page at /, and others a summary", async () => {
  const route = createRoutes(fakeViews(), metrics).get("/");
  const title = async (accept?: string) => {
    const request = get("/", accept === undefined ? {} : { accept });
    const response = await route?.answer(request, REMOTE);
    return (await response?.text() ?? "").includes('<div id="root">') ? "page" : "summary";
  };
  const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  assertEquals(await Promise.all([browser, "*/*", undefined].map(title)), [
    "page",
    "summary",
    "summary",
  ]);
});
