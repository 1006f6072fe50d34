import { assertEquals } from "@std/assert";
import {
  DENO_USES,
  DOORS,
  EDGES,
  LEAVES,
  ONE_DOOR,
  partOf,
  reasonFor,
  usesDoor,
} from "./direction.ts";
import { filesBelow, importsOf, sourceFiles, textOf } from "./tree.ts";

Deno.test("partOf() takes the first step below src", () => {
  assertEquals(partOf("src/http/server/server.ts"), "http");
  assertEquals(partOf("src/host.ts"), "host");
  assertEquals(partOf("src/ui/page.tsx"), "ui");
  assertEquals(partOf("tests/host_test.ts"), undefined);
  assertEquals(partOf("node:fs"), undefined);
});

Deno.test("reasonFor() permits the same part, a leaf and a listed edge only", () => {
  assertEquals(reasonFor("http", "http"), "the same part");
  assertEquals(reasonFor("http", "secret"), "a leaf");
  assertEquals(reasonFor("exposition", "errors"), undefined);
  assertEquals(reasonFor("secret", "errors"), undefined);
  assertEquals(reasonFor("tailscale", "devices"), undefined);
});

Deno.test("EDGES has no cycle, no edge twice and a reason each", () => {
  const seen = new Set<string>();
  for (const { from, to, why } of EDGES) {
    assertEquals(seen.has(`${from} ${to}`), false, `${from} → ${to} stands there twice`);
    assertEquals(why.length > 10, true, `${from} → ${to} has no reason`);
    assertEquals(LEAVES.includes(to) || LEAVES.includes(from), false, `${from} → ${to}: a leaf`);
    seen.add(`${from} ${to}`);
  }
  assertEquals(cycleIn(EDGES.map(({ from, to }) => [from, to])), undefined);
});

Deno.test("EDGES holds nothing that the tree does not use", async () => {
  const used = new Set<string>();
  for (const path of await sourceFiles()) {
    for (const target of await importsOf(path)) used.add(`${partOf(path)} ${partOf(target)}`);
  }
  const idle = EDGES.filter(({ from, to }) => !used.has(`${from} ${to}`));
  assertEquals(idle.map(({ from, to }) => `${from} → ${to}`), []);
});

Deno.test("no file passes the one door of a folder", async () => {
  const tests = (await filesBelow("tests/")).filter((path) => path.endsWith(".ts"));
  const breaches: string[] = [];
  const used = new Set<string>();
  for (const path of [...await sourceFiles(), ...tests]) {
    // Quotes breaches, to test the lint rule.
    if (path === "tests/style/plugin_test.ts") continue;
    for (const target of await importsOf(path)) {
      used.add(target);
      if (!usesDoor(path, target)) breaches.push(`${path} → ${target}`);
    }
  }
  assertEquals(breaches, []);
  for (const folder of ONE_DOOR) assertEquals(used.has(`src/${folder}/mod.ts`), true, folder);
});

Deno.test("DENO_USES holds nothing that the tree does not use", async () => {
  const paths = await sourceFiles();
  for (const { file, members } of DENO_USES) {
    assertEquals(paths.includes(file), true, `${file} is not there`);
    const used = denoMembers(await textOf(file));
    assertEquals(used.size > 0, true, `${file} calls nothing of Deno`);
    const idle = members.filter((member) => !used.has(member));
    assertEquals(idle, [], `${file} does not use these members`);
  }
});

Deno.test("LEAVES and DOORS hold nothing that the tree does not use", async () => {
  const paths = await sourceFiles();
  assertEquals(LEAVES.filter((leaf) => !paths.some((path) => partOf(path) === leaf)), []);
  for (const { prefix, only } of DOORS) {
    const users = await Promise.all(
      paths.filter((path) => path.startsWith(only)).map((path) => textOf(path)),
    );
    assertEquals(users.some((text) => text.includes(`from "${prefix}`)), true, only);
  }
});

Deno.test("the files of src import each other without a cycle", async () => {
  const edges: (readonly [string, string])[] = [];
  for (const path of await sourceFiles()) {
    for (const target of await importsOf(path)) edges.push([path, target]);
  }
  assertEquals(cycleIn(edges), undefined);
});

Deno.test("cycleIn() finds a way back, if there is one", () => {
  assertEquals(cycleIn([["a", "b"], ["b", "c"], ["a", "c"]]), undefined);
  assertEquals(cycleIn([["a", "b"], ["b", "c"], ["c", "b"]]), "b → c → b");
});

/** The first cycle of a graph, as a text, or `undefined`. */
function cycleIn(edges: readonly (readonly [string, string])[]): string | undefined {
  const next = Map.groupBy(edges, ([from]) => from);
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(" → ");
    if (done.has(node)) return undefined;
    for (const [, to] of next.get(node) ?? []) {
      const cycle = visit(to, [...way, node]);
      if (cycle !== undefined) return cycle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of next.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The members of `Deno` that a text calls; types and comments do not count. */
function denoMembers(text: string): ReadonlySet<string> {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  return new Set(
    [...code.matchAll(/(?<![:<|&]\s*)\bDeno\.(\w+)/g)].map(([, member = ""]) => member),
  );
}
