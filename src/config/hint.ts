/**
 * Hints at variables of the environment that have no effect and were probably meant for us: slips
 * of our names, and names of other programs.
 *
 * @module
 */

import { foreignVariable } from "./foreign.ts";
import { isSureSlip, nearestVariable } from "./near.ts";
import { SETTING_ROWS } from "./setting_table.ts";

/** A hint at one variable. */
export interface Hint {
  /** A sentence that names the variable, not its value. */
  readonly text: string;
  /** Our variables that were probably meant. */
  readonly variables: readonly string[];
}

const VARIABLES: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);

/**
 * Hints at the variables of an environment. Where a variable that was meant is set, too, only at a
 * name that is surely a slip of it.
 */
export function findHints(env: Readonly<Record<string, string>>): readonly Hint[] {
  const hints: Hint[] = [];
  for (const name of Object.keys(env)) {
    if (VARIABLES.includes(name)) continue;
    const nearest = nearestVariable(name, VARIABLES);
    const ours = nearest === undefined
      ? foreignVariable(name)
      : { variables: [nearest], words: nearest };
    if (ours === undefined) continue;
    // Where ours is set too, another program's name is most likely that program's; a name that can
    // only be a slip of ours is still one, and its value is what its writer believes in.
    const isSet = ours.variables.some((each) => Object.hasOwn(env, each));
    if (isSet && (nearest === undefined || !isSureSlip(name, nearest))) continue;
    hints.push({
      text: `${name} is no setting of tsmetrics and has no effect: did you mean ${ours.words}?`,
      variables: ours.variables,
    });
  }
  return hints;
}
