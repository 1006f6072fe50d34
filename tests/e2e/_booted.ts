/**
 * A real systemd of its own for the units of `deploy/systemd`, by `booted.sh`: what a unit does
 * there is what it does on a machine, sandbox included, and all of it is gone at the end.
 *
 * @module
 */

import { assert } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** Where the units are. */
export const UNITS = new URL("deploy/systemd/", ROOT);

/** How long a systemd may run in all before it is killed. */
const MOST_MS = 100_000;

/** What is put into a systemd, and done there. */
export interface BootOptions {
  /** Units besides those of `deploy/systemd`, by file name. */
  readonly units?: Readonly<Record<string, string>>;
  /** Changes to those, by file name: what is replaced by what; it must be there. */
  readonly changes?: Readonly<Record<string, readonly [string, string]>>;
  /** Programs for `/usr/local/bin`: scripts for `sh`. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Files for `/probe`: paths to copy from. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether Deno and a checkout are wanted, as `tsmetrics` and `tsmetrics-host`. */
  readonly withProgram?: boolean;
  /** Sockets that processes outside listen on, for `/probe`; a hard link each. */
  readonly sockets?: Readonly<Record<string, string>>;
  /** Scripts for `sh`, run one after the other as root whatever they exit with. */
  readonly steps: Readonly<Record<string, string>>;
}

/**
 * Boots, runs the steps, ends.
 *
 * @returns What each step wrote to standard output and standard error, by its name.
 */
export async function runBooted(options: BootOptions): Promise<ReadonlyMap<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "tsm-booted-" });
  try {
    await fill(folder, options);
    const child = new Deno.Command("bash", {
      args: [new URL("tests/e2e/booted.sh", ROOT).pathname, folder],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const timer = setTimeout(() => child.kill("SIGTERM"), MOST_MS);
    const [{ code }, out, err] = await Promise.all([
      child.status,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    clearTimeout(timer);
    assert(code === 0, `systemd ended with ${code}: ${out}${err}`);
    const outputs = new Map<string, string>();
    for (const name of Object.keys(options.steps)) {
      outputs.set(name, await Deno.readTextFile(`${folder}/steps/${name}.out`));
    }
    return outputs;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function fill(folder: string, options: BootOptions): Promise<void> {
  // A service runs as a user of its own, which has to read all this.
  await Deno.chmod(folder, 0o755);
  for (const each of ["units", "bin", "steps"]) await Deno.mkdir(`${folder}/${each}`);
  for (const [name, text] of Object.entries(await unitTexts(options))) {
    await Deno.writeTextFile(`${folder}/units/${name}`, text);
  }
  if (options.withProgram) await addProgram(folder);
  for (const [name, text] of Object.entries(options.programs ?? {})) {
    await writeScript(`${folder}/bin/${name}`, text);
  }
  for (const [name, path] of Object.entries(options.files ?? {})) {
    await run("cp", "-rL", path, `${folder}/${name}`);
  }
  for (const [name, path] of Object.entries(options.sockets ?? {})) {
    await Deno.link(path, `${folder}/${name}`);
  }
  const names = Object.keys(options.steps);
  for (const [name, text] of Object.entries(options.steps)) {
    await writeScript(`${folder}/steps/${name}`, text);
  }
  await writeScript(
    `${folder}/run`,
    names.map((name) => `/probe/steps/${name} >/probe/steps/${name}.out 2>&1`).join("\n") +
      "\nexit 0",
  );
}

/** The units as they are put in: `deploy/systemd`'s, changed where told, and more. */
async function unitTexts(options: BootOptions): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = { ...options.units };
  for await (const { name } of Deno.readDir(UNITS)) {
    if (!/\.(service|timer)$/.test(name)) continue;
    texts[name] = await Deno.readTextFile(new URL(name, UNITS));
  }
  for (const [name, [from, to]] of Object.entries(options.changes ?? {})) {
    const text = texts[name] ?? "";
    assert(text.includes(from), `${name} does not say ${from}`);
    texts[name] = text.replaceAll(from, to);
  }
  return texts;
}

/**
 * The program from source in place of the executables, which need a runtime that only Deno's own
 * server has: the same code under the same permission sets, with Deno's cache instead of the code
 * inside. Where an executable keeps its data below `XDG_DATA_HOME`, `deno run` does below
 * `DENO_DIR`.
 */
async function addProgram(folder: string): Promise<void> {
  const info = await run(Deno.execPath(), "info", "--json");
  const cache: { readonly npmCache: string } = JSON.parse(info);
  await Deno.mkdir(`${folder}/cache`);
  await Deno.mkdir(`${folder}/app`);
  await run("cp", "-r", cache.npmCache, `${folder}/cache/npm`);
  await run("cp", Deno.execPath(), `${folder}/bin/deno`);
  for (const each of ["src", "deno.json", "deno.lock"]) {
    await run("cp", "-r", new URL(each, ROOT).pathname, `${folder}/app/${each}`);
  }
  for (const [name, set] of [["tsmetrics", "default"], ["tsmetrics-host", "host"]] as const) {
    await writeScript(
      `${folder}/bin/${name}`,
      `DENO_DIR=\${XDG_DATA_HOME:-/probe/cache}
test -d "$DENO_DIR/npm" || ln -s /probe/cache/npm "$DENO_DIR/npm"
export DENO_DIR NO_COLOR=1
exec /usr/local/bin/deno run -q -P=${set} --no-prompt --cached-only \\
  --config /probe/app/deno.json /probe/app/src/main.ts "$@"`,
    );
  }
}

async function writeScript(path: string, text: string): Promise<void> {
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
