/**
 * `deno task tsnet`: builds the embedded node from `tools/tsnet` and `src/embedded` into
 * `src/embedded/dist`, where the program looks for it. Needs Go in the pinned version. The same
 * sources give the same bytes on every machine; `tools/tsnet/SHA256SUMS` has them, and a build that
 * differs is an error. `--update` writes that file, after a change of the Go sources.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { checkGo, GO_SOURCES as SOURCES, GO_VERSION, run } from "./go.ts";

/** Where the result goes. */
const OUTPUT = "src/embedded/dist";

/** Files of the result. */
export const RESULT: readonly string[] = ["module.txt", "worker.txt", "NOTICES.txt", "modules.txt"];

/** The kept checksums: of each source of the Go program, and of the module made of them. */
const SUMS = `${SOURCES}/SHA256SUMS`;

const MODULE = "tsnet.wasm";

/** Files of a Go module that hold a licence or a notice. */
const LICENCE_FILE = /^(?:LICENSE|LICENSE\.txt|COPYING|PATENTS|NOTICE)$/;

/** A Go module that is linked in. */
export interface LinkedModule {
  /** Its path. */
  readonly path: string;
  /** Its version. */
  readonly version: string;
  /** Where its sources are. */
  readonly folder: string;
}

/** Reads what `go list` prints: "path version folder" on each line, sorted and each once. */
export function parseModules(text: string): readonly LinkedModule[] {
  const lines = [...new Set(text.split("\n").filter((line) => line !== ""))].sort();
  return lines.map((line) => {
    const [path = "", version = "", ...folder] = line.split(" ");
    return { path, version, folder: folder.join(" ") };
  });
}

/**
 * The code of the Worker: Go's own part first, which defines what ours needs. Deno has a `process`
 * whose `getuid()` throws without `--allow-sys`; without one Go's part brings its own stub.
 */
export function joinWorker(wasmExec: string, bundle: string): string {
  return `Reflect.deleteProperty(globalThis, "process");\n${wasmExec}\n${bundle}`;
}

/** Bundles our part of the Worker; writes into this folder. */
export async function bundleWorker(folder: string): Promise<string> {
  const bundle = `${folder}/worker.js`;
  await run(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--platform=deno",
    `--output=${bundle}`,
    "src/embedded/_worker.ts",
  ]);
  return await Deno.readTextFile(bundle);
}

/** The wasm module as the program holds it: base64 of gzip, without a time in it. */
export function packModule(wasm: Uint8Array): string {
  return new Uint8Array(gzipSync(wasm, { level: 9 })).toBase64();
}

/** Sentences by which a licence is known, and its name by SPDX; the first that fits counts. */
const LICENCES: readonly (readonly [sentence: RegExp, name: string])[] = [
  [/Apache License\s+Version 2\.0/, "Apache-2.0"],
  [/Neither the name of [\s\S]*may be used to endorse/, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/, "BSD-2-Clause"],
  [/Permission is hereby granted, free of charge/, "MIT"],
  [/Permission to use, copy, modify, and(?:\/or)? distribute this software/, "ISC"],
];

/** The SPDX name of a licence; undefined if it is none of those we know. */
export function nameLicence(text: string): string | undefined {
  return LICENCES.find(([sentence]) => sentence.test(text))?.[1];
}

/** Lines of `sha256sum`, sorted by name. */
export async function formatSums(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const lines: string[] = [];
  for (const name of [...files.keys()].sort()) {
    const bytes = new Uint8Array(files.get(name) ?? []);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    lines.push(`${digest.toHex()}  ${name}\n`);
  }
  return lines.join("");
}

/** The sources of the Go program by name, as `websocket/go.mod`; without its tests. */
export async function readSources(folder = ""): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { isDirectory, name } of Deno.readDir(`${SOURCES}/${folder}`)) {
    const path = `${folder}${name}`;
    if (isDirectory) {
      for (const entry of await readSources(`${path}/`)) files.set(...entry);
    } else if (path !== "SHA256SUMS" && !path.endsWith("_test.go")) {
      files.set(path, await Deno.readFile(`${SOURCES}/${path}`));
    }
  }
  return files;
}

async function build(workFolder: string): Promise<Uint8Array> {
  const tags = (await Deno.readTextFile(`${SOURCES}/tags.txt`)).trim();
  const wasm = `${workFolder}/${MODULE}`;
  await run("go", [
    "build",
    "-p=2",
    "-trimpath",
    `-tags=${tags}`,
    "-ldflags=-s -w -buildid=",
    `-o=${wasm}`,
    ".",
  ], SOURCES);
  return await Deno.readFile(wasm);
}

async function listModules(): Promise<readonly LinkedModule[]> {
  const tags = (await Deno.readTextFile(`${SOURCES}/tags.txt`)).trim();
  // A module that is replaced by a folder of ours is not linked in.
  const format = "{{with .Module}}{{if and .Version (not .Replace)}}{{.Path}} {{.Version}} " +
    "{{.Dir}}{{end}}{{end}}";
  return parseModules(
    await run("go", ["list", "-deps", `-tags=${tags}`, `-f=${format}`, "."], SOURCES),
  );
}

/** The texts of a module's licence and notices, one after the other. */
async function readLicence({ folder, path, version }: LinkedModule): Promise<string> {
  const names: string[] = [];
  for await (const { isFile, name } of Deno.readDir(folder)) {
    if (isFile && LICENCE_FILE.test(name)) names.push(name);
  }
  if (names.length === 0) throw new Error(`Cannot ship ${path} ${version}: it has no licence`);
  const texts = await Promise.all(
    names.sort().map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  return texts.join("");
}

/** What must be shipped with the module: the licences, and a line for each in the bill. */
async function describeModules(
  root: string,
  modules: readonly LinkedModule[],
): Promise<{ readonly notices: string; readonly list: string }> {
  const notices: string[] = [];
  const lines: string[] = [];
  const standard = { path: "std", version: GO_VERSION, folder: root };
  for (const module of [standard, ...modules]) {
    const { path, version } = module;
    const text = await readLicence(module);
    const licence = nameLicence(text);
    if (licence === undefined) throw new Error(`Cannot ship ${path} ${version}: unknown licence`);
    notices.push(`======== ${path} ${version}\n\n${text}\n`);
    lines.push(`${path} ${version} ${licence}\n`);
  }
  return { notices: notices.join("\n"), list: lines.join("") };
}

/** Builds everything; the sentence says what differs from the kept checksums. */
async function main(isUpdate: boolean): Promise<string | undefined> {
  await checkGo();
  await Deno.mkdir(".tmp", { recursive: true });
  const workFolder = await Deno.makeTempDir({ dir: `${Deno.cwd()}/.tmp`, prefix: "tsnet-" });
  try {
    const [root, wasm] = [await run("go", ["env", "GOROOT"]), await build(workFolder)];
    const { list, notices } = await describeModules(root, await listModules());
    const wasmExec = await Deno.readTextFile(`${root}/lib/wasm/wasm_exec.js`);
    const result: Readonly<Record<string, string>> = {
      "module.txt": packModule(wasm),
      "worker.txt": joinWorker(wasmExec, await bundleWorker(workFolder)),
      "NOTICES.txt": notices,
      "modules.txt": list,
    };
    await Deno.mkdir(OUTPUT, { recursive: true });
    for (const name of RESULT) {
      const text = result[name] ?? "";
      await Deno.writeTextFile(`${OUTPUT}/${name}`, text);
      console.log(`${OUTPUT}/${name}: ${(text.length / 1e6).toFixed(2)} MB`);
    }
    const sums = await formatSums((await readSources()).set(MODULE, wasm));
    if (isUpdate) await Deno.writeTextFile(SUMS, sums);
    if (sums === await Deno.readTextFile(SUMS)) return undefined;
    return `The result is not the one of ${SUMS}: after a change of ${SOURCES} run ` +
      "`deno task tsnet --update`";
  } finally {
    await Deno.remove(workFolder, { recursive: true });
  }
}

if (import.meta.main) {
  const fault = await main(Deno.args.includes("--update")).catch((error) => String(error.message));
  if (fault !== undefined) {
    console.error(fault);
    Deno.exit(1);
  }
}
