/**
 * The program as `deno compile` gets it: bundled into few modules, so that it starts sooner and
 * takes less memory, with maps beside them that are read for a stack trace only. Modules that are
 * loaded on demand stay so.
 *
 * @module
 */

import { withCheckedEsbuild } from "./esbuild.ts";

/** Where the program starts, below the folder that {@linkcode bundleProgram} fills. */
export const ENTRY = "src/main.js";

/** The folder of the maps, beside that of the modules; an executable must include it. */
export const MAPS = "maps";

/** Texts that are loaded on demand and are no part of a module: the embedded node. */
const TEXTS = ["src/embedded/dist/module.txt", "src/embedded/dist/worker.txt"];

/**
 * Where a source is, as paths that esbuild writes contain it: a file of ours, or of a package. The
 * last folder `npm` counts, since the cache itself may be below one of this name.
 */
const OWN = /^(?:\.\.\/)*(src\/.*)$/, PACKAGED = /^(?:.*\/)?npm\/[^/]+\/(.+)$/;

/** The head that esbuild writes above what it took from a package: where that was found. */
const PACKAGE_HEAD = /^\/\/ (?:.*\/)?npm\/[^/\n]+\/(.+)$/gm;

/** A module with a name that esbuild made: of what is in it, and of where. */
const MADE_NAME = /^(.+)-[0-9A-Z]{8}\.js$/;

/** One module of a bundle, or one map, by name. */
export type Files = ReadonlyMap<string, string>;

/** The part of a source map, version 3, that is read here. */
interface SourceMap {
  readonly mappings: string;
  readonly names: readonly string[];
  readonly sources: readonly string[];
}

/**
 * Bundles `src/main.ts` and everything that it reaches.
 *
 * Texts that are not there, such as those of the embedded node, stay away. All files have the time
 * of `src/main.ts`, since times become part of an executable.
 *
 * @param folder Relative to the checkout, or absolute; emptied first.
 * @returns The path of the module to start with.
 * @throws {Error} If `deno bundle` fails, or its esbuild is not the one of `tools/esbuild.ts`.
 */
export async function bundleProgram(folder: string): Promise<string> {
  const [made, target, maps] = [`${folder}/made`, `${folder}/src`, `${folder}/${MAPS}`];
  for (const path of [made, target, maps]) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    await Deno.mkdir(path, { recursive: true });
  }
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "-q",
      "--platform=deno",
      "--code-splitting",
      "--sourcemap=external",
      "--external=./dist/*.txt",
      `--outdir=${made}`,
      "src/main.ts",
    ],
    stdin: "null",
    env: { NO_COLOR: "1" },
  });
  await withCheckedEsbuild(async () => {
    const { success, stderr } = await command.output();
    if (!success) throw new Error(`Cannot bundle src/main.ts: ${new TextDecoder().decode(stderr)}`);
  });
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(made)) {
    files.set(name, await Deno.readTextFile(`${made}/${name}`));
  }
  await Deno.remove(made, { recursive: true });
  const written: string[] = [];
  for (const [name, text] of withStableNames(files)) {
    const path = name.endsWith(".map") ? `${maps}/${name}` : `${target}/${name}`;
    await Deno.writeTextFile(path, text);
    written.push(path);
  }
  for (const path of TEXTS) {
    const copy = `${target}/dist/${path.slice(path.lastIndexOf("/") + 1)}`;
    await Deno.mkdir(`${target}/dist`, { recursive: true });
    const isThere = await Deno.copyFile(path, copy).then(() => true, () => false);
    if (isThere) written.push(copy);
  }
  const { mtime } = await Deno.stat("src/main.ts");
  for (const path of mtime === null ? [] : written) await Deno.utime(path, mtime ?? 0, mtime ?? 0);
  return `${folder}/${ENTRY}`;
}

/**
 * The same bundle on every machine: esbuild makes names, comments and maps of where the checkout
 * and Deno's cache are. Names become numbers in the order in which modules are named, from the
 * entry on; a source is `file:///src/…`, or `npm:/…` in a package.
 *
 * @param files Modules and their maps, `main.js` among them.
 */
export function withStableNames(files: Files): Files {
  const names = numberModules(files);
  const result = new Map<string, string>();
  for (const [name, stable] of names) {
    const text = (files.get(name) ?? "")
      .replace(/"\.\/([\w.-]+\.js)"/g, (all, other) => {
        const known = names.get(other);
        return known === undefined ? all : `"./${known}"`;
      })
      .replace(PACKAGE_HEAD, "// npm:/$1");
    result.set(stable, `${text.trimEnd()}\n//# sourceMappingURL=../${MAPS}/${stable}.map\n`);
    const map = files.get(`${name}.map`);
    if (map !== undefined) result.set(`${stable}.map`, withStableSources(JSON.parse(map)));
  }
  return result;
}

/** A name for each module that the entry reaches. */
function numberModules(files: Files): ReadonlyMap<string, string> {
  const names = new Map([["main.js", "main.js"]]);
  const taken = new Set(names.values());
  // A map yields what is added while it is walked.
  for (const name of names.keys()) {
    for (const [, other = ""] of (files.get(name) ?? "").matchAll(/"\.\/([\w.-]+\.js)"/g)) {
      if (names.has(other) || !files.has(other)) continue;
      const base = MADE_NAME.exec(other)?.[1] ?? other.slice(0, -".js".length);
      let stable = `${base}.js`;
      for (let count = 2; taken.has(stable); count++) stable = `${base}-${count}.js`;
      taken.add(stable);
      names.set(other, stable);
    }
  }
  return names;
}

/** A map without the texts of its sources, which are in the repository. */
function withStableSources({ mappings, names, sources }: SourceMap): string {
  return JSON.stringify({
    version: 3,
    sources: sources.map((path) => {
      const packaged = PACKAGED.exec(path)?.[1];
      if (packaged !== undefined) return `npm:/${packaged}`;
      return `file:///${OWN.exec(path)?.[1] ?? path}`;
    }),
    names,
    mappings,
  });
}
