/**
 * What the checks of more than one setting go by.
 *
 * @module
 */

import type { Config, SettingKey } from "./setting_table.ts";

/** What a rule sees, and where it says what is wrong. */
export interface Reading {
  /** All settings; a faulty one has its default here. */
  readonly config: Config;
  /** Settings that were given at all, faulty ones included, with the name they were given under. */
  readonly given: ReadonlyMap<SettingKey, string>;
  /** Takes what forbids to start. */
  readonly faults: string[];
  /** Takes what an operator should know. */
  readonly warnings: string[];
}
