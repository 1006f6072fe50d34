import { assert, assertEquals, assertMatch } from "@std/assert";
import { bundleProgram, withStableNames } from "../../tools/bundle.ts";

/** A bundle as esbuild makes it where the checkout and the cache of packages are at some place. */
function madeAt(cache: string, up: string, hashes: readonly [string, string, string]) {
  const [first, second, third] = hashes;
  const map = (...sources: readonly string[]) =>
    JSON.stringify({
      version: 3,
      sources,
      sourcesContent: sources.map(() => "text"),
      mappings: "A",
      names: ["a"],
    });
  return new Map([
    ["main.js", `import { a } from "./chunk-${first}.js";\nawait import("./mod-${second}.js");\n`],
    ["main.js.map", map(`${up}src/main.ts`)],
    [
      `chunk-${first}.js`,
      `// ${cache}/npm/registry.example/@a/b/1.2.3/dist/c.js\nconst d = "./none.js";\n` +
      `await import("./mod-${third}.js");\n`,
    ],
    [`chunk-${first}.js.map`, map(`${up}${cache}/npm/registry.example/@a/b/1.2.3/src/c.ts`)],
    [`mod-${second}.js`, "second\n"],
    [`mod-${second}.js.map`, map(`${up}src/e/mod.ts`)],
    [`mod-${third}.js`, "third\n"],
    [`mod-${third}.js.map`, map(`${up}src/f/mod.ts`)],
    ["unused-AAAAAAAA.js", ""],
  ]);
}

Deno.test("withStableNames() makes the same of a bundle wherever it was made", () => {
  const here = withStableNames(
    madeAt("../cache/deno", "../../", ["AAAAAAA1", "BBBBBBB2", "CCCCCCC3"]),
  );
  assertEquals(
    withStableNames(madeAt(".cache", "../../../", ["DDDDDDD4", "CCCCCCC3", "AAAAAAA1"])),
    here,
  );
  assertEquals(
    withStableNames(
      madeAt("../../npm/of a user/deno", "../../", ["AAAAAAA1", "BBBBBBB2", "CCCCCCC3"]),
    ),
    here,
  );
  const map = (source: string) =>
    JSON.stringify({ version: 3, sources: [source], names: ["a"], mappings: "A" });
  assertEquals(
    here,
    new Map([
      [
        "main.js",
        'import { a } from "./chunk.js";\nawait import("./mod.js");\n' +
        "//# sourceMappingURL=../maps/main.js.map\n",
      ],
      ["main.js.map", map("file:///src/main.ts")],
      [
        "chunk.js",
        '// npm:/@a/b/1.2.3/dist/c.js\nconst d = "./none.js";\nawait import("./mod-2.js");\n' +
        "//# sourceMappingURL=../maps/chunk.js.map\n",
      ],
      ["chunk.js.map", map("npm:/@a/b/1.2.3/src/c.ts")],
      ["mod.js", "second\n//# sourceMappingURL=../maps/mod.js.map\n"],
      ["mod.js.map", map("file:///src/e/mod.ts")],
      ["mod-2.js", "third\n//# sourceMappingURL=../maps/mod-2.js.map\n"],
      ["mod-2.js.map", map("file:///src/f/mod.ts")],
    ]),
  );
});

Deno.test("bundleProgram() makes modules that load, and traces that name the sources", async () => {
  await Deno.mkdir(".tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: ".tmp", prefix: "bundle-" });
  try {
    const entry = await bundleProgram(folder);
    assertEquals(entry, `${folder}/src/main.js`);
    const paths = await filesBelow(folder);
    const times = await Promise.all(
      ["src/main.ts", ...paths.map((path) => `${folder}/${path}`)]
        .map(async (path) => (await Deno.stat(path)).mtime?.getTime()),
    );
    assertEquals(new Set(times).size, 1);

    // The entry would run the program.
    const modules = paths.filter((path) => path.endsWith(".js") && path !== "src/main.js");
    assert(modules.length > 50, `${modules.length} modules`);
    const loader = `${folder}/loader.js`;
    await Deno.writeTextFile(loader, modules.map((path) => `import "./${path}";\n`).join(""));
    assertEquals(await run(loader), [0, "", ""]);
    const [code, stdout, stderr] = await run(entry, "version");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.startsWith("tsmetrics "), true, stdout);

    // Modules that are loaded on demand are found, and do their work.
    const [status, page, warnings] = await run(entry, "once", "--test-devices", "a-1,a-2");
    assertEquals(
      [status, page.match(/^tailscale_device_online\{.*\} 1$/mg)?.length],
      [0, 2],
      warnings,
    );
    assertMatch(page, /^tailscaled_inbound_bytes_total\{/m);

    const sources = await mappedSources(folder, paths);
    assert(sources.length > 300, `${sources.length} sources`);
    assertEquals(sources.filter((source) => !/^(?:file:\/\/\/src\/|npm:\/)/.test(source)), []);

    await Deno.writeTextFile(
      loader,
      'import { runServe } from "./src/serve.js";\nawait runServe(undefined, undefined);\n',
    );
    const [, , trace] = await run(loader);
    const lines = (await Deno.readTextFile("src/commands/serve.ts")).split("\n");
    const line = lines.findIndex((text) => text.includes(".onStop(")) + 1;
    assertMatch(trace, new RegExp(`runServe \\(file:///src/commands/serve\\.ts:${line}:\\d+\\)`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The files below a folder, as paths from there. */
async function filesBelow(folder: string, within = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { isDirectory, name } of Deno.readDir(`${folder}/${within}`)) {
    if (isDirectory) found.push(...await filesBelow(folder, `${within}${name}/`));
    else found.push(within + name);
  }
  return found.sort();
}

/** What the source maps of a bundle name as sources. */
async function mappedSources(
  folder: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const maps = await Promise.all(
    paths.filter((path) => path.endsWith(".map"))
      .map(async (path) => JSON.parse(await Deno.readTextFile(`${folder}/${path}`))),
  );
  return maps.flatMap(({ sources }) => sources);
}

/** Exit code, standard output and standard error of a module in the program's sandbox. */
async function run(...args: readonly string[]): Promise<readonly [number, string, string]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P", "--no-prompt", ...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [output = "", errors = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return [code, output, errors];
}
