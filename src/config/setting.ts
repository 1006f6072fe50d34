/**
 * What one row of the table of settings says, and how rows belong to the shape of the
 * configuration.
 *
 * @module
 */

import type { Kind } from "./kind.ts";

/** One setting: a variable of the environment and, unless it is a secret, a flag. */
export interface Setting<T> {
  /** The variable's name. */
  readonly variable: string;
  /** How its text is read and shown. */
  readonly kind: Kind<T>;
  /** What it does, in one or two sentences. */
  readonly help: string;
  /** The default, as one would write it; absent = the setting is unset. */
  readonly default?: string;
  /** Says the default in words, where it depends on something. */
  readonly defaultNote?: string;
  /** A value to start from, for `.env.example`. Default: the default of the setting. */
  readonly example?: string;
  /** Has to be filled in before a start on a real tailnet: not commented out in `.env.example`. */
  readonly isAskedFor?: boolean;
  /** An empty text is a value; otherwise it means unset. */
  readonly keepsEmpty?: boolean;
  /** Has no flag although it is no secret. */
  readonly hasNoFlag?: boolean;
}

/** The rows for a part of the configuration: one for each key, with a default if it is required. */
export type SettingsOf<C> = {
  readonly [K in keyof C]-?: Partial<Pick<C, K>> extends Pick<C, K> ? Setting<NonNullable<C[K]>>
    : Setting<C[K]> & { readonly default: string };
};

/** The flag of a setting, "--scrape-interval"; undefined if it has none. */
export function flagOf(setting: Setting<unknown>): string | undefined {
  if (setting.kind.isSecret || setting.hasNoFlag === true) return undefined;
  return `--${dashed(setting.variable)}`;
}

/** A variable's name as a flag would spell it, without dashes in front: "scrape-interval". */
export function dashed(variable: string): string {
  return variable.toLowerCase().replaceAll("_", "-");
}
