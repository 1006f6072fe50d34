/**
 * The command line of `deno task fuzz`. Unknown arguments are refused, so that a run never has
 * other bounds than those given.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Which cases to run, and for how long at most. */
export interface Bounds {
  /** The first seed. */
  readonly seed: number;
  /** How many seeds. */
  readonly count: number;
  /** Seconds after which the run ends, done or not. */
  readonly seconds: number;
}

/** Beyond what anybody runs, and far from where numbers lose their last digit. */
const MOST = 1_000_000_000;

/** Minimum and default of each flag. */
const FLAGS: Readonly<Record<keyof Bounds, { readonly least: number; readonly usual: number }>> = {
  seed: { least: 0, usual: 1 },
  count: { least: 1, usual: 1_000_000 },
  seconds: { least: 1, usual: 240 },
};

const USAGE = "--seed, --count and --seconds take a whole number each";

/**
 * Reads `--count=5` and `--count 5` alike.
 *
 * @throws {SyntaxError} If a flag is unknown, has no value or comes twice, or a word is no flag.
 * @throws {RangeError} If a value is no whole number, too small or too large.
 */
export function parseBounds(args: readonly string[]): Bounds {
  const given = readFlags(args);
  return {
    seed: numberOf("seed", given.seed),
    count: numberOf("count", given.count),
    seconds: numberOf("seconds", given.seconds),
  };
}

function readFlags(args: readonly string[]): Readonly<Partial<Record<keyof Bounds, string>>> {
  const flag = { type: "string", multiple: true } as const;
  const options = { seed: flag, count: flag, seconds: flag };
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (cause) {
    // its own message has lines of advice about words that begin with a dash
    const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const reason = line.replace(/\.$/, "");
    throw new SyntaxError(`Cannot read the arguments: ${reason}; ${USAGE}`, { cause });
  }
  const found: Partial<Record<keyof Bounds, string>> = {};
  for (const name of ["seed", "count", "seconds"] as const) {
    const [first, ...more] = values[name] ?? [];
    if (more.length > 0) throw new SyntaxError(`Cannot read the arguments: --${name} comes twice`);
    if (first !== undefined) found[name] = first;
  }
  return found;
}

function numberOf(name: keyof Bounds, given: string | undefined): number {
  const { least, usual } = FLAGS[name];
  if (given === undefined) return usual;
  const number = /^\d+$/.test(given) ? Number(given) : NaN;
  if (number >= least && number <= MOST) return number;
  throw new RangeError(
    `Cannot read --${name}: wanted a whole number from ${least} to ${MOST}, got "${given}"`,
  );
}
