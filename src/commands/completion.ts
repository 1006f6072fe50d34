/**
 * The command `completion`: a script that completes command lines of `tsmetrics` and
 * `tsmetrics-host`, made from the tables of commands and settings.
 *
 * @module
 */

import type { Shell } from "../config/mod.ts";
import { bashCompletion } from "./_completion_bash.ts";
import { fishCompletion } from "./_completion_fish.ts";
import { zshCompletion } from "./_completion_zsh.ts";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The script for a shell; it ends with a line feed. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]();
}
