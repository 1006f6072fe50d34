import { assertEquals } from "@std/assert";
import { createRoutes } from "../../src/http/route.ts";
import { Secret } from "../../src/secret/secret.ts";
import { fakeViews, get } from "./_fake_views.ts";
import { makeHandler, REMOTE, statusOf, TOKEN } from "./_handler.ts";

/** The paths that GET answers without a query. */
const ROUTES = [...createRoutes(fakeViews(), () => new Response("up 1\n"))]
  .filter(([path, { methods }]) => methods === undefined && !/^\/sd\/|\*$/.test(path));

Deno.test("createHandler() serves every path below the prefix, too", async () => {
  const handle = makeHandler({ routePrefix: "/tools/ts" });
  // The stream of events is not there without a history; it has a test of its own.
  const paths = ROUTES.map(([path]) => path).filter((path) => !path.endsWith("/stream"))
    .concat("/api/v1/summary");
  for (const path of [...paths, ...paths.map((path) => `/tools/ts${path}`)]) {
    assertEquals(await statusOf(handle(get(path), REMOTE)), 200, path);
  }
  const bare = await handle(get("/tools/ts"), REMOTE);
  assertEquals([bare.status, bare.headers.get("location")], [308, "/tools/ts/"]);
  for (const path of ["/tools/tsx/metrics", "/tools/metrics", "/tools/ts/tools/ts/metrics"]) {
    assertEquals(await statusOf(handle(get(path), REMOTE)), 404, path);
  }
});

Deno.test("createHandler() wants the token below the prefix, too", async () => {
  const handle = makeHandler({ routePrefix: "/ts", metricsToken: new Secret(TOKEN) });
  const paths = ROUTES
    .filter(([path, { access, isPublic }]) => access === "guarded" && !isPublic?.(get(path)))
    .map(([path]) => path)
    .concat("/api/v1/devices", "/nope");
  for (const path of paths) {
    assertEquals(await statusOf(handle(get(`/ts${path}`), REMOTE)), 401, path);
  }
});
