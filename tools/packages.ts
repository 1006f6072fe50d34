/**
 * `deno task packages`: deb and rpm of both programs by nfpm, and the manifests for Homebrew,
 * Scoop and Arch, from what `deno task compile` left in `dist/`. Platforms may be named;
 * `linux-amd64` and `linux-arm64` have packages. Their checksums are added to `dist/SHA256SUMS`.
 *
 *     deno task packages [linux-amd64] [linux-arm64]
 *
 * @module
 */

import { VERSION } from "../src/version.ts";
import { packageFiles } from "./packages/files.ts";
import { fillManifest, MANIFESTS, readChecksums } from "./packages/manifest.ts";
import { REPOSITORY } from "./project.ts";
import { withTemporary } from "./temporary.ts";

/** Platforms that have packages. */
const PLATFORMS: readonly string[] = ["linux-amd64", "linux-arm64"];

/** The time of every file in a package, in seconds since 1970. */
const MODIFIED_SECONDS = 0;

const FORMATS: readonly string[] = ["deb", "rpm"];

/** What {@linkcode makePackages} is told. */
export interface PackageOptions {
  /** The folder of the executables, which gets the packages. */
  readonly dist: string;
  /** The version of the packages. */
  readonly version: string;
  /** The platforms that packages are made for. */
  readonly platforms: readonly string[];
}

/** Writes what a package holds, then the packages; returns their names. */
export async function makePackages(options: PackageOptions): Promise<readonly string[]> {
  const staged = `${options.dist}/package`;
  return await withTemporary([staged], async () => {
    await writeFiles(staged, options.version);
    return await runAll(options);
  });
}

async function runAll({ dist, version, platforms }: PackageOptions): Promise<readonly string[]> {
  const names: string[] = [];
  for (const platform of platforms) {
    for (const format of FORMATS) {
      const name = `tsmetrics-${platform}.${format}`;
      await runNfpm(format, `${dist}/${name}`, {
        ARCH: platform.replace("linux-", ""),
        DIST: dist,
        VERSION: version,
        HOMEPAGE: `https://github.com/${REPOSITORY}`,
        MAINTAINER: `The tsmetrics developers <${
          REPOSITORY.split("/")[0]
        }@users.noreply.github.com>`,
        // Two builds are the same byte for byte.
        SOURCE_DATE_EPOCH: String(MODIFIED_SECONDS),
      });
      names.push(name);
    }
  }
  return names;
}

async function writeFiles(folder: string, version: string): Promise<void> {
  const units = new Map<string, string>();
  for await (const { name } of Deno.readDir("deploy/systemd")) {
    if (!/\.(?:service|timer)$/.test(name)) continue;
    units.set(name, await Deno.readTextFile(`deploy/systemd/${name}`));
  }
  for (const [path, text] of packageFiles({ version, units })) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(file, path.endsWith(".gz") ? await gzip(text) : encode(text));
    await Deno.utime(file, MODIFIED_SECONDS, MODIFIED_SECONDS);
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Without name and time in the header. */
async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([encode(text)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function runNfpm(
  format: string,
  target: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { success, stderr, stdout } = await new Deno.Command("nfpm", {
    args: ["package", "-f", "deploy/packages/nfpm.yaml", "-p", format, "-t", target],
    env: { ...env },
    stdin: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  throw new Error(`nfpm made no ${target}: ${said.trim()}`);
}

async function digestOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

/**
 * The manifests, into `dist/`; those of which an asset was not compiled are told.
 *
 * @returns How many could not be written.
 */
async function writeManifests(
  dist: string,
  version: string,
  sums: ReadonlyMap<string, string>,
): Promise<number> {
  let failed = 0;
  for (const name of MANIFESTS) {
    const template = await Deno.readTextFile(`deploy/packages/${name}`);
    try {
      await Deno.writeTextFile(
        `${dist}/${name}`,
        fillManifest(template, { version, checksums: sums }),
      );
      console.log(`${dist}/${name}: written`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      console.error(`${dist}/${name}: ${error.message}`);
      failed += 1;
    }
  }
  return failed;
}

async function run(named: readonly string[]): Promise<number> {
  const unknown = named.filter((name) => !PLATFORMS.includes(name));
  if (unknown.length > 0) {
    console.error(`Cannot package "${unknown.join('", "')}": wanted ${PLATFORMS.join(" or ")}`);
    return 2;
  }
  const dist = "dist";
  const version = Deno.env.get("VERSION") || VERSION;
  const platforms = named.length > 0 ? named : PLATFORMS;
  const path = `${dist}/SHA256SUMS`;
  const sums = new Map(readChecksums(await Deno.readTextFile(path)));
  for (const name of await makePackages({ dist, version, platforms })) {
    sums.set(name, await digestOf(`${dist}/${name}`));
    console.log(`${dist}/${name}: sha256 ${sums.get(name)}`);
  }
  await Deno.writeTextFile(path, [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join(""));
  const failed = await writeManifests(dist, version, sums);
  // Some platforms cannot have every manifest; a release must.
  return failed > 0 && named.length === 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await run(Deno.args));
