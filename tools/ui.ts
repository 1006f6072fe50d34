/**
 * Makes `src/ui/asset.ts`: the page's script, bundled by `deno bundle`, and its styles, as text, so
 * that the program serves them from memory and reads no file.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { withCheckedEsbuild } from "./esbuild.ts";

const ROOT = new URL("../", import.meta.url);

/** The generated files: a module, and the script, which it imports as text. */
const ASSET = "src/ui/asset.ts", SCRIPT = "src/ui/script.txt";

/** What it is made of. */
export interface PageParts {
  /** The bundled script. */
  readonly script: string;
  /** The styles. */
  readonly styles: string;
  /** See {@linkcode sourceDigest}. */
  readonly digest: string;
}

/**
 * A digest of everything that the page is made of: its sources, and the packages that it uses.
 * Tests compare it with the one in the generated file, without bundling.
 */
export async function sourceDigest(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of await sourceNames()) {
    hash.update(`${name}\0`).update(await Deno.readTextFile(new URL(`src/ui/${name}`, ROOT)));
  }
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return hash.update(`${imports.preact} ${imports.uplot}`).digest("hex");
}

/** The names of all sources, sorted: the styles of `page.css` come before those of views. */
async function sourceNames(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL("src/ui/", ROOT))) {
    if (![ASSET, SCRIPT].includes(`src/ui/${name}`)) names.push(name);
  }
  return names.sort();
}

/** The text of the generated module. */
export function renderAsset({ digest, styles }: Omit<PageParts, "script">): string {
  return `/**
 * The page as text, made by \`deno task ui\` of the other files of this folder. Do not edit.
 *
 * @module
 */

import script from "./script.txt" with { type: "text" };

/** Digest of the sources that this was made of. */
export const SOURCE_DIGEST: string = ${JSON.stringify(digest)};

/** The script. */
export const SCRIPT: string = script;

/** The styles. */
export const STYLES: string = ${JSON.stringify(styles)};
`;
}

/** Bundles the script by the esbuild of `tools/esbuild.ts`, which Deno fetches from npm once. */
export async function bundlePage(): Promise<PageParts> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "-q", "--platform=browser", "--minify", "src/ui/main.tsx"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const script = await withCheckedEsbuild(async () => {
    const { code, stderr, stdout } = await command.output();
    if (code !== 0) throw new Error(`Cannot bundle the page: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).trim();
  });
  return {
    script,
    styles: minifyStyles((await Promise.all(
      (await sourceNames())
        .filter((name) => name.endsWith(".css"))
        .map((name) => Deno.readTextFile(new URL(`src/ui/${name}`, ROOT))),
    )).join("")),
    digest: await sourceDigest(),
  };
}

/** Styles without comments and indentation. */
export function minifyStyles(styles: string): string {
  return styles.replace(/\/\*[^*]*\*\//g, "").replace(/\s*\n\s*/g, "");
}

if (import.meta.main) {
  const parts = await bundlePage();
  await Deno.writeTextFile(new URL(SCRIPT, ROOT), parts.script);
  await Deno.writeTextFile(new URL(ASSET, ROOT), renderAsset(parts));
}
