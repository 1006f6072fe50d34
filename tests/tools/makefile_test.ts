import { assert, assertEquals } from "@std/assert";
import { textOf } from "../style/tree.ts";

/** Targets that users of such projects type, and guides of this one have named. */
const EXPECTED: readonly string[] = [
  "build",
  "run",
  "run-tsnet",
  "dev",
  "dev-tsnet",
  "dev-direct",
  "dev-deps",
  "test",
  "test-integration",
  "lint",
  "docker-build",
  "docker-run",
  "container-test",
  "k8s-deploy",
];

/** The recipe of each target; a target with more than one line has all of them. */
function recipesOf(makefile: string): ReadonlyMap<string, readonly string[]> {
  const recipes = new Map<string, string[]>();
  let recipe: string[] = [];
  for (const line of makefile.split("\n")) {
    const target = /^([a-z][\w-]*):(.*)$/.exec(line);
    if (target !== null) {
      recipe = target[2] === "" ? [] : [`prerequisites:${target[2]}`];
      recipes.set(target[1] ?? "", recipe);
    } else if (line.startsWith("\t")) {
      recipe.push(line.slice(1));
    }
  }
  return recipes;
}

Deno.test("each target of the Makefile is one line that calls a task", async () => {
  const { tasks } = JSON.parse(await textOf("deno.json"));
  const makefile = await textOf("Makefile");
  const recipes = recipesOf(makefile);
  const faults: string[] = [];
  for (const [target, lines] of recipes) {
    const task = /^(?:USE_TSNET=true )?deno task ([\w:]+)(?: \$\(ARGS\))?$/.exec(lines[0] ?? "")
      ?.[1];
    const isListing = target === "help" && lines[0] === "@deno task";
    if (lines.length !== 1 || !(isListing || task !== undefined && Object.hasOwn(tasks, task))) {
      faults.push(`${target}: ${lines.join("; ")}`);
    }
  }
  assertEquals(faults, []);
  assertEquals(EXPECTED.filter((target) => !recipes.has(target)), []);
  assertEquals(
    [...recipes].filter(([, [line = ""]]) => line.startsWith("USE_TSNET")).map(([name]) => name),
    ["run-tsnet", "dev-tsnet"],
  );
  const phony = /^\.PHONY: ((?:.*\\\n)*.*)$/m.exec(makefile)?.[1]?.split(/[\s\\]+/);
  assertEquals(phony, [...recipes.keys()]);
});

Deno.test("recipesOf() sees a second line, a prerequisite and a target without a recipe", () => {
  const recipes = recipesOf("a: b\n\tx\n\ty\nc:\nd:\n\tdeno task test\n");
  assertEquals([...recipes], [
    ["a", ["prerequisites: b", "x", "y"]],
    ["c", []],
    ["d", ["deno task test"]],
  ]);
});

Deno.test("tasks that tools and guides name are there, each with a description", async () => {
  const { tasks } = JSON.parse(await textOf("deno.json"));
  for (const name of ["lint", "fmt", "host", "image", "deploy:test"]) {
    assert(Object.hasOwn(tasks, name), name);
  }
  for (const [name, task] of Object.entries<{ readonly description?: string }>(tasks)) {
    assert((task.description ?? "").length > 10, name);
  }
});
