import { assertEquals } from "@std/assert";
import { isFault, matchRoute } from "../../src/api/api_route.ts";
import { API_ROUTES } from "../../src/api/route_table.ts";

Deno.test("matchRoute() finds a path, and what stands in it", () => {
  const told = (path: string) => {
    const match = matchRoute(path, API_ROUTES);
    return match && [match.route.path, ...match.params.flat()];
  };
  assertEquals(told("/api/v1/devices"), ["/api/v1/devices"]);
  assertEquals(told("/api/v1/devices/12"), ["/api/v1/devices/{id}", "id", "12"]);
  assertEquals(told("/api/v1/devices/a%2Fb"), ["/api/v1/devices/{id}", "id", "a/b"]);
  const none = [
    "/api/v1",
    "/api/v1/",
    "/api/v1/devices/1/2",
    "/api/v1/devices/%zz",
    "/api/V1/devices",
  ];
  for (const path of none) assertEquals(told(path), undefined, path);
});

Deno.test("isFault() tells a refused parameter from an answer", () => {
  assertEquals(isFault({ parameter: "a", value: "1", allowed: "none" }), true);
  assertEquals([isFault(["{}"]), isFault(undefined)], [false, false]);
});
