import { assert, assertEquals } from "@std/assert";
import { openApiDocument } from "../../src/api/openapi.ts";
import { API_ROUTES, STREAM_ROUTE } from "../../src/api/route_table.ts";
import { assertOpenApi } from "./_schema_check.ts";

Deno.test("openApiDocument() is a document of OpenAPI 3.1 with every path", () => {
  const document = JSON.parse(JSON.stringify(openApiDocument("1.2.3")));
  assertOpenApi(document);
  assertEquals(document.info.version, "1.2.3");
  const paths = [...API_ROUTES, STREAM_ROUTE].map(({ path }) => path);
  assertEquals(Object.keys(document.paths), [...paths, "/analytics/ingest"]);
  const { responses } = document.paths["/api/v1/access"].get;
  assertEquals("404" in responses, true);
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths)
    .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  assertEquals(new Set(ids).size, ids.length);
  assert(ids.includes("devices_by_id"));
  assertEquals(ids.filter((id) => !/^[a-z_]+$/.test(id)), []);
  const { post } = document.paths["/api/v1/silences"];
  assertEquals(post.parameters.at(-1).name, "X-Requested-With");
});

Deno.test("openApiDocument() names each parameter in braces", () => {
  for (const { parameters, path } of API_ROUTES) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = parameters.filter(({ place }) => place === "path").map(({ name }) => name);
    assertEquals(inPath, named);
  }
});
