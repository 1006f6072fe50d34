/**
 * The files of a package that are made of others: units, manual page, completion, default files.
 *
 * @module
 */

import { completionScript } from "../../src/commands/completion.ts";
import { SHELLS } from "../../src/config/command.ts";
import { envExample } from "../../src/config/mod.ts";
import { manPage } from "./man.ts";

/** What {@linkcode packageFiles} makes the files of. */
export interface PackageSources {
  /** The version of the package. */
  readonly version: string;
  /** The units of `deploy/systemd`: text by file name. */
  readonly units: ReadonlyMap<string, string>;
}

/** Services that have a default file, by its name. */
const DEFAULT_FILES: readonly string[] = ["tsmetrics", "tsmetrics-host"];

/** Text by path below the folder `package`; what ends with `.gz` is to be compressed. */
export function packageFiles({ version, units }: PackageSources): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ["man/tsmetrics.1.gz", manPage(version)],
    ["man/tsmetrics-host.1.gz", ".so man1/tsmetrics.1\n"],
  ]);
  for (const shell of SHELLS) files.set(`completion/${shell}`, completionScript(shell));
  for (const name of DEFAULT_FILES) files.set(`default/${name}`, defaultFile(name));
  for (const [name, unit] of units) files.set(`systemd/${name}`, packagedUnit(name, unit));
  return files;
}

/**
 * A unit as a package has it: the programs in `/usr/bin`, and for the exporters a default file,
 * which the files of `/etc/tsmetrics` take precedence over.
 *
 * @throws {SyntaxError} If an exporter's unit reads no file of settings.
 */
export function packagedUnit(name: string, unit: string): string {
  const text = unit.replaceAll("/usr/local/bin/", "/usr/bin/");
  const service = name.replace(/\.service$/, "");
  if (!DEFAULT_FILES.includes(service)) return text;
  const line = "EnvironmentFile=-/etc/tsmetrics/";
  if (!text.includes(line)) throw new SyntaxError(`Cannot package ${name}: wanted "${line}"`);
  return text.replace(line, `EnvironmentFile=-/etc/default/${service}\n${line}`);
}

function defaultFile(name: string): string {
  const [, ...settings] = envExample().split("\n\n");
  const head =
    `# Settings of ${name}.service, read by systemd. Fill in the two lines without a #, or
# set TEST_DEVICES=demo for a simulated tailnet, then: systemctl enable --now ${name}
# Quote a value with a blank or a #. /etc/tsmetrics has files that take precedence.`;
  return [head, ...settings].join("\n\n");
}
