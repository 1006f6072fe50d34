/**
 * `tools/sbom.ts`: what is inside the executables, as CycloneDX JSON. It has no time and no random
 * number, so the same commit gives the same bytes. Development dependencies are not inside, and not
 * listed.
 *
 * @module
 */

import { REPOSITORY } from "./project.ts";

/** What is read of `deno.lock`. */
export interface Lock {
  /** npm packages by "name@version". */
  readonly npm: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
}

/** npm packages that `src/` imports, by name: its tests refuse any other. */
export const SHIPPED: readonly string[] = ["@logtape/logtape", "bcryptjs", "preact", "uplot"];

/** Licences of what is inside, by name; a component without one is an error. */
const LICENCES: Readonly<Record<string, string>> = {
  "@logtape/logtape": "MIT",
  bcryptjs: "BSD-3-Clause",
  deno: "MIT",
  // Within the page for browsers, which is bundled.
  preact: "MIT",
  uplot: "MIT",
};

/**
 * The bill of materials.
 *
 * @param goModules What is linked into the embedded node, "path version licence" on each line.
 * @throws {RangeError} If a shipped package is not in the lock file or has no licence here.
 */
export function renderSbom(
  version: string,
  denoVersion: string,
  lock: Lock,
  goModules: string = "",
): string {
  const packages = SHIPPED.map((name) => {
    const found = Object.entries(lock.npm).find(([key]) => key.startsWith(`${name}@`));
    if (found === undefined) throw new RangeError(`Cannot list ${name}: not in deno.lock`);
    const [key, { integrity }] = found;
    const packageVersion = key.slice(name.length + 1);
    return {
      type: "library",
      name,
      version: packageVersion,
      purl: `pkg:npm/${name.replace("@", "%40")}@${packageVersion}`,
      hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
      licenses: [licenceOf(name)],
    };
  });
  const runtime = {
    type: "framework",
    name: "deno",
    version: denoVersion,
    purl: `pkg:github/denoland/deno@v${denoVersion}`,
    licenses: [licenceOf("deno")],
  };
  const bill = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        name: "tsmetrics",
        version,
        purl: `pkg:github/${REPOSITORY}@v${version}`,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: [runtime, ...packages, ...listGoModules(goModules)],
  };
  return `${JSON.stringify(bill, undefined, 2)}\n`;
}

function listGoModules(text: string) {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [path = "", tag = "", licence = ""] = line.split(" ");
    const version = path === "std" ? tag.replace(/^go/, "") : tag;
    return {
      type: "library",
      name: path,
      version,
      purl: `pkg:golang/${path}@${version}`,
      licenses: [{ license: { id: licence } }],
    };
  });
}

/** The modules of the embedded node, one a line; empty in a build without it. */
export async function readGoModules(): Promise<string> {
  try {
    return await Deno.readTextFile("src/embedded/dist/modules.txt");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function licenceOf(name: string) {
  const id = LICENCES[name];
  if (id === undefined) throw new RangeError(`Cannot list ${name}: its licence is not known`);
  return { license: { id } };
}

/** "sha512-BASE64" → hexadecimal digits. */
function hexOf(integrity: string): string {
  return Uint8Array.fromBase64(integrity.replace(/^sha512-/, "")).toHex();
}

if (import.meta.main) {
  const lock = JSON.parse(await Deno.readTextFile("deno.lock")) as Lock;
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  const goModules = await readGoModules();
  console.log(renderSbom(Deno.args[0] ?? version, Deno.version.deno, lock, goModules).trimEnd());
}
