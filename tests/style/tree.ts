/**
 * The checkout as the style tests see it: which files there are, what they say and what they
 * import. Reads the working tree, not Git: `deno test` may start nothing but Deno.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** Folders that are not part of the project, by name: made by tools, or kept by Git. */
const NOT_OURS = [".git", ".tmp", "bin", "coverage", "dist", "node_modules"];

/** The text of a file, by its path from the checkout. */
export async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, ROOT));
}

/**
 * Every file below a folder, sorted.
 *
 * @param folder A path from the checkout that ends with a slash, or "" for the whole.
 * @returns Paths from the checkout; empty if the folder is not there.
 */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  const walk = async (at: string): Promise<void> => {
    for await (const entry of Deno.readDir(new URL(at === "" ? "." : at, ROOT))) {
      if (entry.isDirectory && !NOT_OURS.includes(entry.name)) await walk(`${at}${entry.name}/`);
      // In a worktree `.git` is a file.
      if (entry.isFile && !NOT_OURS.includes(entry.name)) files.push(at + entry.name);
    }
  };
  await walk(folder);
  return files.sort();
}

/** Every source file of the program. */
export async function sourceFiles(): Promise<readonly string[]> {
  return (await filesBelow("src/")).filter((path) => /\.tsx?$/.test(path));
}

/** The files of `src/` that a file imports or exports from, types included. */
export async function importsOf(path: string): Promise<readonly string[]> {
  const found = (await textOf(path)).matchAll(/(?:\bfrom|\bimport\(?)\s*"([^"]+)"/g);
  return filesOf([...found].map(([, specifier = ""]) => specifier), path);
}

/** The files of `src/` that are loaded with a file: neither types nor what it imports later. */
export async function valueImportsOf(path: string): Promise<readonly string[]> {
  return filesOf(valueSpecifiers(await textOf(path)), path);
}

/** The specifiers of a text's static imports and exports, but for those of types alone. */
export function valueSpecifiers(text: string): readonly string[] {
  const statements =
    /^(?:import|export)\s+(?!type\b)(?:[\w\s,*]*(?:\{[^}]*\}\s*)?from\s*)?"([^"]+)"/gm;
  return [...text.matchAll(statements)].map(([, specifier = ""]) => specifier);
}

function filesOf(specifiers: readonly string[], path: string): readonly string[] {
  return specifiers
    .map((specifier) => specifier.replace(/^@std\/(\w+)$/, "/src/std/$1.ts"))
    .filter((specifier) => /^(\.{1,2})?\//.test(specifier))
    .map((specifier) => new URL(specifier, `file:///${path}`).pathname.slice(1));
}
