/**
 * `deno task tsnet:test`: the unit tests of the Go sources of the embedded node, and their format.
 * The tests run as WebAssembly under this Deno, as what they test does. They import Go's standard
 * library only, so nothing is downloaded, and share what the build has compiled.
 *
 * @module
 */

import { checkGo, GO_ENV, GO_SOURCES, run } from "./go.ts";

/** The package of a folder that is a Go module of its own. */
const MODULES: Readonly<Record<string, string>> = { websocket: "github.com/coder/websocket" };

/** The packages that have tests, as `go test` wants them. */
export function testedPackages(paths: Iterable<string>): readonly string[] {
  const folders = [...paths].filter((path) => path.endsWith("_test.go"))
    .map((path) => path.split("/").slice(0, -1).join("/"));
  return [...new Set(folders)].sort().map((folder) => MODULES[folder] ?? `./${folder}`);
}

async function filesOf(folder = ""): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const { isDirectory, name } of Deno.readDir(`${GO_SOURCES}/${folder}`)) {
    files.push(...isDirectory ? await filesOf(`${folder}${name}/`) : [`${folder}${name}`]);
  }
  return files;
}

/** Tells whether all is well. */
async function main(): Promise<boolean> {
  await checkGo();
  const root = await run("go", ["env", "GOROOT"]);
  // The gofmt of PATH may be of another release, with other rules.
  const gofmt = `${root}/bin/gofmt`;
  const unformatted = await run(gofmt, ["-l", GO_SOURCES]);
  if (unformatted !== "") console.error(`Run ${gofmt} -w on these files:\n${unformatted}`);
  const deno = [Deno.execPath(), "run", "--allow-read", "--allow-write", "--allow-env"];
  const exec = [...deno, `${Deno.cwd()}/tools/go_exec.ts`, root].map((word) => `"${word}"`);
  const child = new Deno.Command("go", {
    args: [
      "test",
      "-p=2",
      "-trimpath",
      // for a machine that is busy
      "-timeout=2m",
      `-exec=${exec.join(" ")}`,
      ...testedPackages(await filesOf()),
    ],
    cwd: GO_SOURCES,
    env: GO_ENV,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { success } = await child.status;
  return success && unformatted === "";
}

if (import.meta.main) {
  const passed = await main().catch((error) => {
    console.error(String(error.message));
    return false;
  });
  if (!passed) Deno.exit(1);
}
