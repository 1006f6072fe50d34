/**
 * Tools that `install.sh` builds, in the folders that `versions.sh` names.
 *
 * @module
 */

import { assert } from "@std/assert";

/** The value of a variable of `versions.sh`, such as the folder `NFPM_DIR`. */
export async function versionOf(variable: string): Promise<string> {
  const script = new URL("versions.sh", import.meta.url).pathname;
  const source = `. "$0"; printf %s "$${variable}"`;
  const text = await runTool("sh", ["-c", source, script]);
  assert(text !== "", `versions.sh does not set ${variable}`);
  return text;
}

/**
 * Runs a tool to its end, in the root of the project.
 *
 * @returns Its standard output; a failure ends the test with all that it wrote.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    env: { NO_COLOR: "1", ...env },
  }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(code === 0, `${command} ${args.join(" ")} ended with ${code}: ${output}${errors}`);
  return output ?? "";
}
