/**
 * `deno task compile`: one executable for each platform into `dist/`, with their checksums. Each is
 * read again before it counts: one that could do more than the network and its environment is an
 * error. `VERSION` and `BUILD_TIME` are embedded as variables that the real environment overrides.
 *
 * @module
 */

import { VERSION } from "../src/version.ts";
import { readTrailer } from "./trailer.ts";

/** Platforms that a release is made for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];

/**
 * A garbage collector that prefers memory to time: less young space, and a collection when the old
 * one has grown by half. The tasks of `deno.json` have the same; tests/bench/README.md has figures.
 */
export const V8_FLAGS = "--max-semi-space-size=4,--heap-growing-percent=50";

const CHECKSUMS = "dist/SHA256SUMS";

/** The only permissions a compiled program may hold: anything else is `null`. */
export const PERMISSIONS: Readonly<Record<string, unknown>> = {
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

/** What one compilation is told. */
export interface Compilation {
  /** One of {@linkcode TARGETS}; this machine's platform unless told. */
  readonly target?: string;
  /** A file of variables to embed. */
  readonly envFile: string;
  /** Where the executable goes. */
  readonly output: string;
}

/** The arguments for `deno` that compile the program; the same in releases and in tests. */
export function compileArguments({ target, envFile, output }: Compilation): string[] {
  return [
    "compile",
    "--quiet",
    "-P",
    "--no-prompt",
    "--frozen",
    "--app-name=tsmetrics",
    "--exclude-unused-npm",
    // the cache would be a file that the program writes although it may write none
    "--no-code-cache",
    `--v8-flags=${V8_FLAGS}`,
    `--env-file=${envFile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    `--output=${output}`,
    "src/main.ts",
  ];
}

/**
 * What a compiled program may do beyond {@linkcode PERMISSIONS}, or cannot do although it should.
 *
 * @returns One sentence each; empty if the permissions are exactly these.
 */
export function permissionFaults(permissions: Readonly<Record<string, unknown>>): string[] {
  const names = new Set([...Object.keys(PERMISSIONS), ...Object.keys(permissions)]);
  const faults: string[] = [];
  for (const name of [...names].sort()) {
    const actual = JSON.stringify(permissions[name] ?? null);
    const wanted = JSON.stringify(PERMISSIONS[name] ?? null);
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
async function compile(target: string, envFile: string): Promise<string | undefined> {
  const name = `tsmetrics-${target}${target.includes("windows") ? ".exe" : ""}`;
  const output = `dist/${name}`;
  const child = await new Deno.Command(Deno.execPath(), {
    args: compileArguments({ target, envFile, output }),
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
  const faults = permissionFaults(readTrailer(bytes).permissions);
  if (faults.length > 0) {
    await Deno.remove(output);
    return `The sandbox is not the one we promise: ${faults.join("; ")}`;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeTextFile(CHECKSUMS, `${digest}  ${name}\n`, { append: true });
  console.log(`${output}: ${(bytes.length / 1e6).toFixed(1)} MB, sha256 ${digest}`);
  return undefined;
}

/** Compiles for the platforms named, or for all, and tells each that failed. */
async function run(named: readonly string[]): Promise<number> {
  const unknown = named.filter((target) => !TARGETS.includes(target));
  if (unknown.length > 0) {
    console.error(`Unknown platform "${unknown.join('", "')}": wanted ${TARGETS.join(", ")}`);
    return 2;
  }
  if (Deno.env.get("DENORT_BIN") !== undefined) {
    console.error("DENORT_BIN is set: the files will hold that runtime, whatever their names say");
  }
  const version = Deno.env.get("VERSION") || VERSION;
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const envFile = "dist/build.env";
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(CHECKSUMS, "");
  await Deno.writeTextFile(
    envFile,
    buildEnvironment(version, Deno.env.get("BUILD_TIME") || now),
  );
  const targets = named.length > 0 ? named : TARGETS;
  let failed = 0;
  for (const target of targets) {
    const fault = await compile(target, envFile);
    if (fault === undefined) continue;
    failed += 1;
    console.error(`${target}: ${fault}`);
  }
  await Deno.remove(envFile);
  if (failed === targets.length) await Deno.remove(CHECKSUMS);
  console.log(`${targets.length - failed} of ${targets.length} platforms compiled`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await run(Deno.args));
