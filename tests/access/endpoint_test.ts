import { assertEquals } from "@std/assert";
import { endpointOf, Endpoints } from "../../src/access/endpoint.ts";

Deno.test("endpointOf() folds ids", () => {
  for (
    const [path, endpoint] of [
      ["/", "/"],
      ["/dashboard", "/dashboard"],
      ["/api//users/42/", "/api/users/:id"],
      ["/a/3fa85f64-5717-4562-b3fc-2c963f66afa6/b", "/a/:id/b"],
      ["/a/3FA85F6457174562", "/a/:id"],
      ["/a/deadbeefdeadbeef", "/a/deadbeefdeadbeef"],
      ["/a/eyJhbGciOiJIUzI1NiJ9.e30.x", "/a/:id"],
      ["/v2/users", "/v2/users"],
      ["/1/2/3/4/5/6/7/8/9", "/:id/:id/:id/:id/:id/:id/:id/:id/…"],
      [`/${"é".repeat(200)}`, `/${"é".repeat(127)}…`],
      ["*", "*"],
      ["host:443", "(invalid)"],
      [undefined, "(invalid)"],
    ] as const
  ) assertEquals(endpointOf(path), endpoint);
  // As long as a path may be, and made to be slow.
  assertEquals(endpointOf(`/${"a-".repeat(10_000)}`).length, 129);
});

Deno.test("Endpoints.nameOf() learns from responses without error, up to a bound", () => {
  const endpoints = new Endpoints(2);
  const name = (path: string | undefined, status: number) => endpoints.nameOf(path, status);
  assertEquals(name("/wp-login.php", 404), "(other)");
  assertEquals(name("/a", 200), "/a");
  assertEquals(name("/a", 500), "/a");
  assertEquals(name("/b", 304), "/b");
  assertEquals(name("/c", 200), "(other)");
  assertEquals(name(undefined, 400), "(invalid)");
  assertEquals(name("/a", 404), "/a");
});
