/**
 * The program as JavaScript, which is what `deno compile` gets: of a TypeScript module an
 * executable holds the source, the JavaScript made of it and a source map, of a JavaScript module
 * itself alone. Types become blanks, so that each line and column of a stack trace is the one in
 * `src/`.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";

/** Where the program starts, below the folder that {@linkcode stageProgram} fills. */
export const ENTRY = "src/main.js";

const ROOT = new URL("../", import.meta.url).href;

/** A specifier of one of our own modules, as imports and exports name it. */
const SPECIFIER = /(\bfrom\s+|\bimport\(\s*|^import\s+)("\.{1,2}\/[^"\n]+)\.ts"/gm;

/** What `deno info --json` tells of a module, as far as it is used. */
interface Module {
  readonly specifier: string;
  /** Why it cannot be loaded. */
  readonly error?: string;
}

/**
 * A module's JavaScript, with `.js` in the specifiers of our modules.
 *
 * @throws {SyntaxError} If there is syntax that makes code, such as an enum.
 */
export function toJavaScript(source: string): string {
  const lines = source.split("\n");
  return stripTypeScriptTypes(source).split("\n")
    // What only a type was behind; lines without types may be part of a text.
    .map((line, index) => line === lines[index] ? line : line.trimEnd())
    .join("\n")
    .replace(SPECIFIER, '$1$2.js"');
}

/**
 * Writes every module that `src/main.ts` reaches into a folder, under its own path but with `.js`,
 * and with the time of its source, which becomes part of an executable. Texts that are not there,
 * such as those of the embedded node, stay away.
 *
 * @param folder Relative to the checkout, or absolute.
 * @returns The path of the module to compile.
 * @throws {Error} If a module of the result names one that is not there.
 */
export async function stageProgram(folder: string): Promise<string> {
  const { found, missing } = await listModules("src/main.ts", ROOT);
  for (const path of found) {
    const target = `${folder}/${javaScriptPath(path)}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    if (path === javaScriptPath(path)) await Deno.copyFile(path, target);
    else await Deno.writeTextFile(target, toJavaScript(await Deno.readTextFile(path)));
    const { mtime } = await Deno.stat(path);
    if (mtime !== null) await Deno.utime(target, mtime, mtime);
  }
  const entry = `${folder}/${ENTRY}`;
  const staged = await listModules(entry, new URL(`${folder}/`, ROOT).href);
  const lost = staged.missing.filter((path) => !missing.includes(path));
  if (lost.length === 0) return entry;
  throw new Error(`Cannot compile ${entry}: it does not find ${lost.join(", ")}`);
}

function javaScriptPath(path: string): string {
  return path.replace(/\.ts$/, ".js");
}

/** Paths below a folder, sorted. */
interface Listing {
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

/** Our modules that an entry reaches. */
async function listModules(entry: string, base: string): Promise<Listing> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot list the modules of ${entry}: ${decode(stderr).trim()}`);
  const { modules } = JSON.parse(decode(stdout)) as { readonly modules: readonly Module[] };
  const select = (isMissing: boolean) =>
    modules
      .filter(({ error, specifier }) =>
        (error !== undefined) === isMissing && specifier.startsWith("file:")
      )
      .map(({ specifier }) =>
        decodeURIComponent(specifier.startsWith(base) ? specifier.slice(base.length) : specifier)
      )
      .sort();
  return { found: select(false), missing: select(true) };
}
