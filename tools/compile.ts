/**
 * `deno task compile`: the executables of both programs for each platform into `dist/`, with their
 * checksums; `deno task compile here`: those for this machine into `bin/`. Each is read again
 * before it counts: one that could do more than its permission set says is an error. `VERSION` and
 * `BUILD_TIME` are embedded as variables that the real environment overrides.
 *
 * @module
 */

import { VERSION } from "../src/version.ts";
import { bundleProgram, ENTRY, MAPS } from "./bundle.ts";
import { assetName, type Platform, platformOf, PLATFORMS } from "./platform.ts";
import { withTemporary } from "./temporary.ts";
import { readTrailer } from "./trailer.ts";

/**
 * A garbage collector that prefers memory to time: less young space, and a collection when the old
 * one has grown by three quarters. The tasks of `deno.json` have the same; tests/bench/README.md
 * has figures.
 */
export const V8_FLAGS = "--max-semi-space-size=2,--heap-growing-percent=75";

/** The folder of what is compiled, in that of the result, as long as it takes. */
const BUNDLE = "app";

/** The word for this machine's platform. */
const HERE = "here";

/** The one path that a program may read and write: the socket of tailscaled on Linux. */
export const SOCKET = "/var/run/tailscale/tailscaled.sock";

/** A program made of the same source as the others, with permissions of its own. */
export interface Flavour {
  /** The program: its file, and the name under which it keeps its data. */
  readonly name: string;
  /** The permission set of `deno.json`. */
  readonly permissionSet: string;
  /** Platforms that it is made for. */
  readonly platforms: readonly Platform[];
  /** The only permissions that it may hold: anything else is `null`. */
  readonly permissions: Readonly<Record<string, unknown>>;
}

/** The network and the environment. */
const BASE: Readonly<Record<string, unknown>> = {
  allow_env: [],
  allow_net: [],
  // Deno adds its default hosts whatever the set says; the denial beside it wins
  allow_import: [
    "jsr.io:443",
    "deno.land:443",
    "esm.sh:443",
    "raw.esm.sh:443",
    "cdn.jsdelivr.net:443",
    "raw.githubusercontent.com:443",
    "gist.githubusercontent.com:443",
  ],
  deny_import: [],
  prompt: false,
};

/** The program that asks the API and devices. */
export const TSMETRICS: Flavour = {
  name: "tsmetrics",
  permissionSet: "default",
  platforms: PLATFORMS,
  permissions: BASE,
};

/**
 * The program for a host of the tailnet: it may open the socket of tailscaled, too. There is none
 * for Windows, where tailscaled listens on a named pipe, which Deno cannot open. On macOS the path
 * must be given to tailscaled (`--socket`), which has another by default.
 */
export const TSMETRICS_HOST: Flavour = {
  name: "tsmetrics-host",
  permissionSet: "host",
  platforms: PLATFORMS.filter(({ name }) => !name.startsWith("windows-")),
  permissions: { ...BASE, allow_read: [SOCKET], allow_write: [SOCKET] },
};

/** Every program that a release has. */
export const FLAVOURS: readonly Flavour[] = [TSMETRICS, TSMETRICS_HOST];

/** What one compilation is told. */
export interface Compilation {
  /** Which program. Default: {@linkcode TSMETRICS}. */
  readonly flavour?: Flavour;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** A file of variables to embed. */
  readonly envFile: string;
  /** Where the executable goes. */
  readonly output: string;
  /** The folder that {@linkcode bundleProgram} has filled. */
  readonly bundle: string;
}

/** The arguments for `deno` that compile the program; the same in releases and in tests. */
export function compileArguments(compilation: Compilation): string[] {
  const { bundle, envFile, flavour = TSMETRICS, platform, output } = compilation;
  return [
    "compile",
    "--quiet",
    `-P=${flavour.permissionSet}`,
    "--no-prompt",
    "--frozen",
    `--app-name=${flavour.name}`,
    // every package is in the bundle
    "--exclude-unused-npm",
    `--include=${bundle}/${MAPS}`,
    // the cache would be a file that the program writes although it may write none
    "--no-code-cache",
    `--v8-flags=${V8_FLAGS}`,
    `--env-file=${envFile}`,
    ...(platform === undefined ? [] : [`--target=${platform.target}`]),
    "--config=deno.json",
    `--output=${output}`,
    `${bundle}/${ENTRY}`,
  ];
}

/**
 * What a compiled program may do beyond its permissions, or cannot do although it should.
 *
 * @returns One sentence each; empty if the permissions are exactly those of the flavour.
 */
export function permissionFaults(
  permissions: Readonly<Record<string, unknown>>,
  flavour: Flavour = TSMETRICS,
): string[] {
  const names = new Set([...Object.keys(flavour.permissions), ...Object.keys(permissions)]);
  const faults: string[] = [];
  for (const name of [...names].sort()) {
    const actual = JSON.stringify(permissions[name] ?? null);
    const wanted = JSON.stringify(flavour.permissions[name] ?? null);
    if (actual !== wanted) faults.push(`${name} is ${actual}, wanted ${wanted}`);
  }
  return faults;
}

/** The file of variables that {@linkcode compileArguments} embeds. */
export function buildEnvironment(version: string, buildTime: string): string {
  for (const value of [version, buildTime]) {
    if (!/^[\w.:+-]+$/.test(value)) {
      throw new SyntaxError(`Cannot embed "${value}": odd characters`);
    }
  }
  return `VERSION=${version}\nBUILD_TIME=${buildTime}\n`;
}

/** Compiles for one platform and reads the result again; the sentence says what went wrong. */
async function compile(
  flavour: Flavour,
  platform: Platform,
  folder: string,
): Promise<string | undefined> {
  const name = folder === "bin"
    ? `${flavour.name}${platform.suffix}`
    : assetName(flavour.name, platform);
  const [output, envFile] = [`${folder}/${name}`, `${folder}/build.env`];
  const child = await new Deno.Command(Deno.execPath(), {
    args: compileArguments({
      flavour,
      platform,
      envFile,
      output,
      bundle: `${folder}/${BUNDLE}`,
    }),
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!child.success) {
    const said = new TextDecoder().decode(child.stderr);
    const missing = /error sending request for url \((\S+)\)/.exec(said)?.[1];
    return missing === undefined
      ? `deno compile failed: ${said.trim()}`
      : `Cannot fetch Deno's runtime for this platform: no answer from ${missing}`;
  }
  const bytes = await Deno.readFile(output);
  const faults = permissionFaults(readTrailer(bytes).permissions, flavour);
  if (faults.length > 0) {
    await Deno.remove(output);
    return `The sandbox is not the one we promise: ${faults.join("; ")}`;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, `${digest}  ${name}\n`, { append: true });
  console.log(`${output}: ${(bytes.length / 1e6).toFixed(1)} MB, sha256 ${digest}`);
  return undefined;
}

/** One executable. */
export interface Work {
  /** The program. */
  readonly flavour: Flavour;
  /** The platform. */
  readonly platform: Platform;
}

/**
 * What is asked for by names of programs and platforms; all of a kind of which none is named.
 *
 * @throws {RangeError} If a name is neither, or nothing is left: no such program for that platform.
 */
export function selectWork(named: readonly string[]): readonly Work[] {
  const programs = FLAVOURS.map(({ name }) => name);
  const names = named.map((name) =>
    platformOf(name === HERE ? Deno.build.target : name)?.name ?? name
  );
  const platforms = PLATFORMS.map(({ name }) => name);
  const unknown = names.filter((name) => !platforms.includes(name) && !programs.includes(name));
  if (unknown.length > 0) {
    const wanted = [...programs, ...platforms, HERE].join(", ");
    throw new RangeError(`Cannot compile "${unknown.join('", "')}": wanted ${wanted}`);
  }
  const isAny = (kind: readonly string[]) => !names.some((name) => kind.includes(name));
  const work = FLAVOURS.filter(({ name }) => isAny(programs) || names.includes(name))
    .flatMap((flavour) =>
      flavour.platforms.filter(({ name }) => isAny(platforms) || names.includes(name))
        .map((platform) => ({ flavour, platform }))
    );
  if (work.length > 0) return work;
  throw new RangeError(`Cannot compile ${named.join(" ")}: there is no such program there`);
}

/** Compiles one after the other, tells each that failed, and gives their number. */
async function compileAll(wanted: readonly Work[], folder: string): Promise<number> {
  let failed = 0;
  for (const { flavour, platform } of wanted) {
    const fault = await compile(flavour, platform, folder);
    if (fault === undefined) continue;
    failed += 1;
    console.error(`${flavour.name} for ${platform.name}: ${fault}`);
  }
  return failed;
}

/** Compiles what is named, or everything. */
async function run(named: readonly string[]): Promise<number> {
  let wanted: readonly Work[];
  try {
    wanted = selectWork(named);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    return 2;
  }
  if (Deno.env.get("DENORT_BIN") !== undefined) {
    console.error("DENORT_BIN is set: the files will hold that runtime, whatever their names say");
  }
  const version = Deno.env.get("VERSION") || VERSION;
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const folder = named.includes(HERE) ? "bin" : "dist";
  const [envFile, checksums] = [`${folder}/build.env`, `${folder}/SHA256SUMS`];
  const environment = buildEnvironment(version, Deno.env.get("BUILD_TIME") || now);
  await Deno.mkdir(folder, { recursive: true });
  const failed = await withTemporary([envFile, `${folder}/${BUNDLE}`], async () => {
    await Deno.writeTextFile(envFile, environment);
    await bundleProgram(`${folder}/${BUNDLE}`);
    await Deno.writeTextFile(checksums, "");
    return await compileAll(wanted, folder);
  });
  if (failed === wanted.length) await Deno.remove(checksums);
  console.log(`${wanted.length - failed} of ${wanted.length} executables compiled`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await run(Deno.args));
