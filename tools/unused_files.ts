/**
 * Files of the packages in an executable that the program does not load: source maps, types, texts,
 * and CommonJS beside the modules. They are most of what the packages weigh. As a program it writes
 * their paths to standard output.
 *
 * @module
 */

import { SHIPPED } from "./sbom.ts";

/** Files that only people, compilers and `require` read, below a package's folder. */
const UNUSED = /\.(?:map|d\.c?ts|cjs|md)$|\/(?:umd|skills)\//;

/**
 * Asks Deno where its packages are, and lists the files there.
 *
 * A process of its own, since the compile task may read the checkout only.
 *
 * @returns Absolute paths, sorted.
 */
export async function unusedFiles(): Promise<readonly string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--allow-read", "--allow-run", "tools/unused_files.ts"],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot list the files of packages: ${decode(stderr).trim()}`);
  return decode(stdout).split("\n").filter((path) => path !== "");
}

/** The unused files below a folder, unsorted. */
export async function findUnused(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await findUnused(path));
    else if (UNUSED.test(path)) found.push(path);
  }
  return found;
}

if (import.meta.main) {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const found: string[] = [];
  // One folder for each registry.
  for await (const { name: registry } of Deno.readDir(npmCache)) {
    for (const name of SHIPPED) {
      found.push(...await findUnused(`${npmCache}/${registry}/${name}`).catch(() => []));
    }
  }
  console.log(found.sort().join("\n"));
}
