/**
 * What of the configuration may be shown (`/debug`), and what must not.
 *
 * @module
 */

import { loginSecrets, Secret } from "../secret/secret.ts";
import { type Config, SETTING_ROWS } from "./setting_table.ts";

/**
 * All settings under their variables' names in lower case, made for JSON.
 *
 * Durations are texts such as "10s"; secrets, certificates and client ids are "set" or "not set";
 * what is unset is `null`.
 */
export function describeConfig(config: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(SETTING_ROWS.map(([key, { variable, kind }]) => {
    const value: unknown = config[key];
    const unset = kind.isSecret ? "not set" : null;
    return [variable.toLowerCase(), value === undefined ? unset : kind.describe(value)];
  }));
}

/**
 * All secrets of a configuration, for those who must keep them out of sight; of the proxy's login
 * all that goes onto the wire.
 */
export function secretsOf(config: Config): readonly Secret[] {
  const values: readonly unknown[] = Object.values(config);
  const { username = "", password } = config.scrapeProxy ?? {};
  const login = username === "" && password === undefined
    ? []
    : loginSecrets(username, password?.reveal() ?? "");
  const { localApiPassword } = config;
  const local = localApiPassword === undefined ? [] : loginSecrets("", localApiPassword.reveal());
  const { influxPassword, influxUsername = "" } = config;
  const database = influxPassword === undefined
    ? []
    : loginSecrets(influxUsername, influxPassword.reveal());
  const hashes = config.basicAuthUsers?.map(({ hash }) => hash) ?? [];
  return [
    ...values.filter((value) => value instanceof Secret),
    ...login,
    ...local,
    ...database,
    ...hashes,
  ];
}
