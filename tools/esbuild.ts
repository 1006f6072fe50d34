/**
 * The esbuild that `deno bundle` runs. Deno fetches it from npm at first use and keeps it in its
 * cache; no lock file has its checksum. What it writes becomes the program, so only the recorded
 * files are accepted.
 *
 * Run as a program it prints the checksums of the files in the cache: the tasks that bundle may not
 * read there themselves.
 *
 * @module
 */

import { delay as wait } from "../src/time/delay.ts";

/**
 * The recorded esbuild: `package/bin/esbuild` of the npm packages `@esbuild/PLATFORM`, on Windows
 * `package/esbuild.exe`.
 */
export const ESBUILD: {
  /** The version of Deno that asks for it; `.dvmrc` names the same. */
  readonly deno: string;
  /** Of esbuild. */
  readonly version: string;
  /** SHA-256 by npm's name of the platform. */
  readonly sums: Readonly<Record<string, string>>;
} = {
  deno: "2.9.6",
  version: "0.25.5",
  sums: {
    "linux-x64": "3331e0b23c99d93d9a39e436a4838de40ca1c95ac3bcbd9874ba169d8545b634",
    "linux-arm64": "d6d656d9326ce1c55c01f73604a3cffda35c63cce60016e9ed795ac91cd1e67d",
    "darwin-x64": "e7b2a105f88836f1e080a76180e5cd8e59d1c22f6575d63f5a77a104954c427e",
    "darwin-arm64": "58d144357454bca840167171380785b133b1e5e682d0c51afa8c80158bfd3f8a",
    "win32-x64": "889543031385fb79a28b09a5611a3a03f913beb5a608c7de29390c13f1030994",
  },
};

/** One file of the cache. */
export interface CachedFile {
  /** Where it is. */
  readonly path: string;
  /** SHA-256 in hexadecimal digits. */
  readonly sum: string;
}

/** npm's name of a platform: "linux-x64". */
export function npmPlatform({ os, arch }: { readonly os: string; readonly arch: string }): string {
  const system = os === "windows" ? "win32" : os;
  return `${system}-${arch === "x86_64" ? "x64" : "arm64"}`;
}

/**
 * Why the cached esbuild is not accepted.
 *
 * @param files Those of the recorded version for this platform.
 * @returns One sentence; undefined if each file is the recorded one, or if there is none.
 */
export function esbuildFault(files: readonly CachedFile[], platform: string): string | undefined {
  const wanted = ESBUILD.sums[platform];
  const other = files.find(({ sum }) => sum !== wanted);
  if (other === undefined) return undefined;
  return wanted === undefined
    ? `no checksum of esbuild is recorded for ${platform}; bundle on another platform`
    : `${other.path} has SHA-256 ${other.sum}, wanted ${wanted}; delete it: if it comes back, the ` +
      "download itself was changed";
}

/** Every file of the recorded version for a platform, below Deno's folder of downloads. */
export async function listEsbuild(
  downloads: string,
  platform: string,
): Promise<readonly CachedFile[]> {
  const files: CachedFile[] = [];
  try {
    for await (const { name } of Deno.readDir(downloads)) {
      // Deno adds a number of its own to the version
      if (
        name !== `esbuild-${ESBUILD.version}` && !name.startsWith(`esbuild-${ESBUILD.version}-`)
      ) {
        continue;
      }
      for await (const entry of Deno.readDir(`${downloads}/${name}`)) {
        if (entry.name.replace(/\.exe$/, "") !== `esbuild-${platform}`) continue;
        const path = `${downloads}/${name}/${entry.name}`;
        const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
        files.push({ path, sum: new Uint8Array(digest).toHex() });
      }
    }
  } catch (error) {
    // nothing was downloaded yet
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files;
}

/** What {@linkcode withCheckedEsbuild} is given by tests. */
export interface EsbuildOptions {
  /** Lists the cached files of the recorded version. Default: those in Deno's cache. */
  readonly list?: () => Promise<readonly CachedFile[]>;
  /** The version of Deno. Default: of this one. */
  readonly denoVersion?: string;
  /** Waits, in milliseconds. Default: a timer. */
  readonly delay?: (ms: number) => Promise<void>;
}

/** Time after which a file that is not the recorded one is read once more, in milliseconds. */
const COPY_MS = 1_000;

/**
 * Bundles by esbuild, which is checked before it runs and again after that: Deno may have fetched
 * it only then.
 *
 * @param bundle Runs `deno bundle`.
 * @throws {Error} If this is not the recorded Deno, or its esbuild is not the recorded one.
 */
export async function withCheckedEsbuild<T>(
  bundle: () => Promise<T>,
  { delay = wait, denoVersion = Deno.version.deno, list = listCached }: EsbuildOptions = {},
): Promise<T> {
  if (denoVersion !== ESBUILD.deno) {
    throw new Error(
      `Cannot trust esbuild: its checksum is recorded for Deno ${ESBUILD.deno}, this is Deno ` +
        `${denoVersion}; use the one of .dvmrc, or record the new checksums in tools/esbuild.ts`,
    );
  }
  const check = async () => {
    const platform = npmPlatform(Deno.build);
    let files = await list();
    if (esbuildFault(files, platform) !== undefined) {
      // Another process may be copying it into the cache.
      await delay(COPY_MS);
      files = await list();
    }
    const fault = esbuildFault(files, platform);
    if (fault !== undefined) throw new Error(`Cannot trust esbuild: ${fault}`);
    return files.length;
  };
  await check();
  const result = await bundle();
  if (await check() > 0) return result;
  throw new Error(
    `Cannot trust esbuild: Deno's cache has none of version ${ESBUILD.version} after the bundle`,
  );
}

/** The files in Deno's cache, read by a process that may. */
async function listCached(): Promise<readonly CachedFile[]> {
  const { denoDir } = JSON.parse(await runDeno("info", "--json")) as { readonly denoDir: string };
  const downloads = `${denoDir}/dl`;
  const text = await runDeno(
    "run",
    "--quiet",
    "--no-prompt",
    `--allow-read=${downloads}`,
    import.meta.filename ?? "tools/esbuild.ts",
    downloads,
    npmPlatform(Deno.build),
  );
  return JSON.parse(text) as readonly CachedFile[];
}

/** What a command of Deno prints. */
async function runDeno(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const [output = "", errors = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (!success) throw new Error(`deno ${args.join(" ")} failed: ${errors.trim()}`);
  return output;
}

if (import.meta.main) {
  const [downloads = "", platform = ""] = Deno.args;
  console.log(JSON.stringify(await listEsbuild(downloads, platform)));
}
