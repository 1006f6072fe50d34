/**
 * Configurations for tests, read as the program reads them.
 *
 * @module
 */

import { type Config, loadConfig } from "../../src/config/mod.ts";

/** The configuration that these variables give. */
export function testConfig(env: Readonly<Record<string, string>>): Config {
  return loadConfig({ env: { LOG_LEVEL: "error", ...env }, args: [] }).config;
}
