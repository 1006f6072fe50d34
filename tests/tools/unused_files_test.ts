import { assert, assertEquals } from "@std/assert";
import { findUnused, unusedFiles } from "../../tools/unused_files.ts";
import { SHIPPED } from "../../tools/sbom.ts";

Deno.test("unusedFiles() lists source maps and types of each package, and nothing that runs", async () => {
  const paths = await unusedFiles();
  for (const name of SHIPPED) {
    assert(paths.some((path) => path.includes(`/${name}/`)), name);
  }
  assert(paths.some((path) => path.endsWith(".js.map")));
  assertEquals(paths.filter((path) => !/\.(?:map|d\.c?ts)$/.test(path)), []);
});

Deno.test("findUnused() finds what is anywhere below, and takes no source for a declaration", async () => {
  await Deno.mkdir(".tmp/unused/a/b", { recursive: true });
  const names = ["x.js", "x.js.map", "x.d.ts", "x.d.cts", "d.ts", "map", "a/b/y.cjs.map"];
  for (const name of names) await Deno.writeTextFile(`.tmp/unused/${name}`, "");
  const found = (await findUnused(".tmp/unused")).map((path) => path.slice(".tmp/unused/".length));
  await Deno.remove(".tmp/unused", { recursive: true });
  assertEquals(found.sort(), ["a/b/y.cjs.map", "x.d.cts", "x.d.ts", "x.js.map"]);
});
