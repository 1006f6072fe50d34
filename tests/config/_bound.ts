/**
 * Judges whether a setting takes what it should and refuses what it should, through the whole of
 * `loadConfig()`.
 *
 * @module
 */

import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

/** A variable, texts that it takes, texts that it refuses. */
export type BoundRow = readonly [
  variable: string,
  taken: readonly string[],
  refused: readonly string[],
];

/** PEM text of the right shape. */
export const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----";

/** PEM text of the right shape. */
export const KEY = "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----";

/** The texts that were taken and should not have been, or the other way round. */
export function misjudged([variable, taken, refused]: BoundRow): readonly string[] {
  return [
    ...taken.filter((text) => !isTaken(variable, text)),
    ...refused.filter((text) => isTaken(variable, text)),
  ];
}

/** `healthcheck` judges each setting and needs no source. */
function isTaken(variable: string, text: string): boolean {
  try {
    loadConfig({ env: { [variable]: text }, args: ["healthcheck"] });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return !error.faults.some((fault) => fault.startsWith(`Cannot use ${variable}: got `));
  }
}
