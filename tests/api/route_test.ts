import { assertEquals } from "@std/assert";
import { API_ROUTES, matchRoute } from "../../src/api/route.ts";
import { makeFacts, makeHost, makeKnownFacts, makeQuery } from "./_fake_known.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("matchRoute() finds a path, and what stands in it", () => {
  const told = (path: string) => {
    const match = matchRoute(path);
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

Deno.test("API_ROUTES answers as each schema says", async () => {
  const known = makeKnownFacts([makeFacts({ id: "7" })], { host: () => makeHost() });
  for (const { answer, path, schema } of API_ROUTES) {
    const texts = await answer(known, makeQuery(path.includes("{id}") ? { id: "7" } : {}));
    assertValid(schema, JSON.parse([...texts ?? []].join("")), path);
  }
});

Deno.test("API_ROUTES finds a device by id, node id and name", async () => {
  const known = makeKnownFacts([makeFacts({ id: "7", nodeId: "nABC", name: "a.ts.net" })]);
  const device = API_ROUTES.find(({ path }) => path.endsWith("{id}"));
  for (const id of ["7", "nABC", "a.ts.net"]) {
    const texts = await device?.answer(known, makeQuery({ id }));
    assertEquals(JSON.parse([...texts ?? []].join("")).id, "7");
  }
  assertEquals(await device?.answer(known, makeQuery({ id: "8" })), undefined);
});
