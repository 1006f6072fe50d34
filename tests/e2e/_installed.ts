/**
 * The program from source where an installed one would be, for another view of the files and for
 * another user.
 *
 * @module
 */

import { assert } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/**
 * Puts `tsmetrics` and `tsmetrics-host` into the `bin` of a folder. They stand in for the
 * executables, which need a runtime that only Deno's own server has: the same code under the same
 * permission sets, with Deno's cache instead of the code inside. Where an executable keeps its data
 * below `XDG_DATA_HOME`, `deno run` does below `DENO_DIR`.
 *
 * @param place Where the folder is mounted.
 */
export async function installProgram(folder: string, place: string): Promise<void> {
  const info = await run(Deno.execPath(), "info", "--json");
  const cache: { readonly npmCache: string } = JSON.parse(info);
  await Deno.mkdir(`${folder}/cache`);
  await Deno.mkdir(`${folder}/app`);
  await copy(cache.npmCache, `${folder}/cache/npm`);
  await copy(Deno.execPath(), `${folder}/bin/deno`);
  for (const each of ["src", "deno.json", "deno.lock"]) {
    await copy(new URL(each, ROOT).pathname, `${folder}/app/${each}`);
  }
  for (const [name, set] of [["tsmetrics", "default"], ["tsmetrics-host", "host"]] as const) {
    await writeScript(
      `${folder}/bin/${name}`,
      `DENO_DIR=\${XDG_DATA_HOME:-${place}/cache}
test -d "$DENO_DIR/npm" || ln -s ${place}/cache/npm "$DENO_DIR/npm"
export DENO_DIR NO_COLOR=1
exec /usr/local/bin/deno run -q -P=${set} --no-prompt --cached-only \\
  --config ${place}/app/deno.json ${place}/app/src/main.ts "$@"`,
    );
  }
}

/** Copies a file or a folder, following links. */
export async function copy(from: string, to: string): Promise<void> {
  await run("cp", "-rL", from, to);
}

/** Writes a script for `sh` that everyone may run. */
export async function writeScript(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await Deno.chmod(path, 0o755);
}

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
