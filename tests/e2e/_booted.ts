/**
 * A real systemd of its own for the units of `deploy/systemd`, by `booted.sh`: what a unit does
 * there is what it does on a machine, sandbox included, and all of it is gone at the end.
 *
 * @module
 */

import { assert } from "@std/assert";
import { copy, installProgram, writeScript } from "./_installed.ts";

const ROOT = new URL("../../", import.meta.url);

/** Where the units are. */
export const UNITS = new URL("deploy/systemd/", ROOT);

/** How long a systemd may run in all before it is killed. */
const MOST_MS = 200_000;

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
  if (options.withProgram) await installProgram(folder, "/probe");
  for (const [name, text] of Object.entries(options.programs ?? {})) {
    await writeScript(`${folder}/bin/${name}`, text);
  }
  for (const [name, path] of Object.entries(options.files ?? {})) {
    await copy(path, `${folder}/${name}`);
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
