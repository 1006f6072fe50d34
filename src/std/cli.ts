/**
 * Typed door to the command line part of the Deno standard library (`@std/cli`).
 *
 * @module
 */

import { parseArgs as parseArgsUntyped } from "deno-std/cli/parse_args.js";

/** What {@linkcode parseArgs} is told about the flags. */
export interface ParseOptions {
  /** Flags that take a value. */
  readonly string?: readonly string[];
  /** Flags that take none. */
  readonly boolean?: readonly string[];
  /** Short names of flags. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Called for a flag that is none of the above; `false` leaves it out of the result. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Flags by name, and under `_` what is no flag. */
export type ParsedArgs =
  & { readonly _: readonly (string | number)[] }
  & Readonly<
    Record<string, unknown>
  >;

/** Splits a command line into flags and the rest. */
export const parseArgs: (args: readonly string[], options?: ParseOptions) => ParsedArgs =
  parseArgsUntyped;
