/**
 * `deno task licences FILE`: the licence texts of what is inside an executable, which every copy of
 * it must carry: ours, that of Deno, of each npm package, and of each Go module of the embedded
 * node. The bill of materials decides which; a component without a text is an error.
 *
 * @module
 */

import { type Lock, readGoModules, renderSbom } from "./sbom.ts";

/** Where `deno task tsnet` puts the texts of the Go modules. */
const NOTICES = "src/embedded/dist/NOTICES.txt";

/** Folders of the npm cache above that of a package: the registry's host and its path. */
const MAX_REGISTRY_DEPTH = 4;

/** A component of the bill of materials. */
export interface Component {
  /** Of a package or a Go module. */
  readonly name: string;
  /** As the bill has it. */
  readonly version: string;
}

/** What {@linkcode renderLicences} puts together. */
export interface LicenceTexts {
  /** The licence of tsmetrics. */
  readonly own: string;
  /** Texts by component, except Go modules. */
  readonly packages: ReadonlyMap<string, string>;
  /** The texts of all Go modules, each below a heading; empty without the embedded node. */
  readonly notices: string;
}

/**
 * One text with a heading `======== NAME VERSION` for each component.
 *
 * @param components All of the bill of materials.
 * @throws {RangeError} If a component has no text.
 */
export function renderLicences(components: readonly Component[], texts: LicenceTexts): string {
  const { own, packages, notices } = texts;
  const sections: string[] = [own.trimEnd()];
  const missing: string[] = [];
  for (const { name, version } of components) {
    const text = packages.get(name)?.trim() ?? "";
    if (text !== "") sections.push(`======== ${name} ${version}\n\n${text}`);
    else if (!`\n${notices}`.includes(`\n======== ${name} `)) missing.push(name);
  }
  if (missing.length > 0) {
    throw new RangeError(`Cannot ship ${missing.join(", ")}: the text of the licence is missing`);
  }
  if (notices !== "") sections.push(notices.trimEnd());
  return `${sections.join("\n\n")}\n`;
}

/** The folder of a version of a package in the npm cache; undefined if it is not there. */
async function findPackage(
  cache: string,
  { name, version }: Component,
): Promise<string | undefined> {
  let folders = [cache];
  for (let depth = 0; depth < MAX_REGISTRY_DEPTH; depth++) {
    const below: string[] = [];
    for (const folder of folders) {
      const found = `${folder}/${name}/${version}`;
      if (await Deno.stat(found).then(({ isDirectory }) => isDirectory, () => false)) return found;
      for await (const entry of Deno.readDir(folder)) {
        if (entry.isDirectory) below.push(`${folder}/${entry.name}`);
      }
    }
    folders = below;
  }
  return undefined;
}

/** Deno's cache of npm packages. */
async function npmCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/**
 * Writes the licence texts of this checkout's executables.
 *
 * @throws {RangeError} If a component has no text: `deno task deps` fetches the packages.
 */
export async function writeLicences(path: string): Promise<void> {
  const lock = JSON.parse(await Deno.readTextFile("deno.lock")) as Lock;
  const bill = renderSbom("", Deno.version.deno, lock, await readGoModules());
  const { components } = JSON.parse(bill) as { readonly components: readonly Component[] };
  const packages = new Map([["deno", await Deno.readTextFile("tools/licences/deno.txt")]]);
  const cache = await npmCache();
  for (const component of components) {
    if (!Object.keys(lock.npm).includes(`${component.name}@${component.version}`)) continue;
    const folder = await findPackage(cache, component);
    if (folder === undefined) continue;
    packages.set(component.name, await readIfThere(`${folder}/LICENSE`));
  }
  const [own, notices] = [await Deno.readTextFile("LICENSE"), await readIfThere(NOTICES)];
  await Deno.writeTextFile(path, renderLicences(components, { own, packages, notices }));
}

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) {
    console.error("No file is named. Run: deno task licences dist/LICENSES.txt");
    Deno.exit(2);
  }
  await writeLicences(path);
}
