import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../../src/version.ts";
import { filesBelow, textOf } from "./tree.ts";

Deno.test("each mention of a Deno version is the one in .dvmrc", async () => {
  const pin = (await textOf(".dvmrc")).trim();
  const other: string[] = [];
  const mentioning = new Set<string>();
  for (const path of await filesBelow("")) {
    if (/^(CHANGELOG\.md|deno\.lock|tests\/_fixtures\/.*|tests\/style\/.*)$/.test(path)) continue;
    for (
      const [whole, version] of (await textOf(path)).matchAll(/(?<!setup-)\bdeno[@:](\d[\w.]*\w)/g)
    ) {
      mentioning.add(path);
      if (version !== pin) other.push(`${path}: ${whole}`);
    }
  }
  assertEquals(other, []);
  for (const path of ["README.md", ".ci/run", "Dockerfile"]) {
    assert(mentioning.has(path), `${path} does not mention deno@${pin}`);
  }
});

Deno.test("this Deno is the pinned one", async () => {
  assertEquals(Deno.version.deno, (await textOf(".dvmrc")).trim());
});

Deno.test("the version of deno.json is the one the source names", async () => {
  assertEquals(JSON.parse(await textOf("deno.json")).version, VERSION);
});

Deno.test(".ci/run calls the README's test command to the letter", async () => {
  const command = `npx --yes deno@${(await textOf(".dvmrc")).trim()} task test`;
  assert((await textOf("README.md")).includes(command), `README.md lacks: ${command}`);
  assert((await textOf(".ci/run")).includes(command), `.ci/run lacks: ${command}`);
});

Deno.test("Dependabot looks at each module of Go that has requirements", async () => {
  const text = await textOf(".github/dependabot.yml");
  const modules = (await filesBelow("")).filter((path) => path.endsWith("/go.mod"));
  assert(modules.includes("tools/tsnet/go.mod"));
  for (const path of modules) {
    if (!/^require\b/m.test(await textOf(path))) continue;
    const folder = `/${path.slice(0, -"/go.mod".length)}`;
    assert(text.includes(`      - ${folder}\n`), `.github/dependabot.yml lacks ${folder}`);
  }
});
