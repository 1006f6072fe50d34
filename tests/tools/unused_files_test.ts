import { assert, assertEquals } from "@std/assert";
import { findUnused, unusedFiles } from "../../tools/unused_files.ts";
import { SHIPPED } from "../../tools/sbom.ts";

Deno.test("unusedFiles() lists what each package has beside its modules", async () => {
  const paths = await unusedFiles();
  for (const name of SHIPPED) {
    assert(paths.some((path) => path.includes(`/${name}/`)), name);
  }
  assert(paths.some((path) => path.endsWith(".js.map")));
  assertEquals(
    paths.filter((path) => /\.js$|package\.json$/.test(path) && !/\/(?:umd|skills)\//.test(path)),
    [],
  );
});

Deno.test("findUnused() finds what is anywhere below, and takes no source for a declaration", async () => {
  await Deno.mkdir(".tmp/unused/a/b", { recursive: true });
  const names = ["x.js", "x.js.map", "x.d.ts", "x.d.cts", "d.ts", "map", "a/b/y.cjs.map", "z.cjs"];
  for (const name of names) await Deno.writeTextFile(`.tmp/unused/${name}`, "");
  const found = (await findUnused(".tmp/unused")).map((path) => path.slice(".tmp/unused/".length));
  await Deno.remove(".tmp/unused", { recursive: true });
  assertEquals(found.sort(), ["a/b/y.cjs.map", "x.d.cts", "x.d.ts", "x.js.map", "z.cjs"]);
});
