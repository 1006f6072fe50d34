/**
 * From environment and command line to a configuration, or to all their faults at once. Reads
 * nothing by itself: both are handed in.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { type CommandLine, type Flags, readArguments } from "./argument.ts";
import { type Command, COMMANDS } from "./command.ts";
import { explainSecret } from "./credential_kind.ts";
import { warnAboutOpenPort } from "./exposure_rule.ts";
import { warnAboutAccessPort } from "./analytics_rule.ts";
import { findHints } from "./hint.ts";
import { checkDatabase } from "./database_rule.ts";
import type { Kind } from "./kind.ts";
import type { Reading } from "./_reading.ts";
import { flagOf, type Setting } from "./setting.ts";
import { checkSettings, checkSource, isSource } from "./settings_rule.ts";
import { type Config, SETTING_ROWS, type SettingKey } from "./setting_table.ts";
import { warnAboutUnused } from "./unused_rule.ts";

/** What {@linkcode loadConfig} reads. */
export interface ConfigSources {
  /** The environment's variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The command line without the program's name. */
  readonly args: readonly string[];
}

/** What the program was told to do. */
export interface Invocation {
  /** The command. */
  readonly command: Command;
  /** All settings. */
  readonly config: Config;
  /** Flags that are no settings. */
  readonly flags: Flags;
  /** Sentences for the log: what is allowed and probably not meant. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and completes the configuration.
 *
 * A flag beats its variable; an empty text counts as not given, except where a setting says
 * otherwise. `help` and `version` work whatever the environment holds.
 *
 * @throws {ConfigError} If anything is wrong, with a sentence for each fault.
 */
export function loadConfig(sources: ConfigSources): Invocation {
  const line = readArguments(sources.args);
  const { command, flags } = line;
  const reading = readSettings(sources.env, line);
  const { needs } = COMMANDS[command];
  if (needs !== "nothing") checkSettings(reading);
  const hints = needs === "source" ? findHints(sources.env) : [];
  // A misspelt name is the likelier reason why nothing is configured.
  const hasReason = line.faults.length > 0 ||
    hints.some(({ variables }) => variables.some(isSource));
  const hasSource = needs !== "source" ||
    checkSource(reading, {
      collect: command === "once" ? flags.collect : undefined,
      hasReason,
      isServing: command === "serve",
    });
  if (command === "serve" || command === "check") {
    warnAboutOpenPort(reading);
    warnAboutAccessPort(reading);
    checkDatabase(reading);
    warnAboutUnused(reading);
  }
  const faults = [...line.faults, ...needs === "nothing" ? [] : reading.faults];
  if (faults.length > 0 || !hasSource) {
    throw new ConfigError([...faults, ...hints.map(({ text }) => text)]);
  }
  const warnings = needs === "source"
    ? [...reading.warnings, ...hints.map(({ text }) => text)]
    : [];
  return { command, config: reading.config, flags, warnings };
}

interface Given {
  /** What the user called it: the variable or the flag. */
  readonly name: string;
  readonly text: string;
}

function readSettings(env: Readonly<Record<string, string>>, line: CommandLine): Reading {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const given = new Map<SettingKey, string>();
  const faults: string[] = [];
  const warnings: string[] = [];
  for (const [key, setting] of SETTING_ROWS) {
    const { kind } = setting;
    if (setting.default !== undefined) values[key] = kind.parse(setting.default);
    const source = findText(setting, line.texts.get(key), env);
    if (source === undefined) continue;
    const { name, text } = source;
    given.set(key, name);
    const value = kind.parse(text);
    const reason = explainFault(kind, text, value);
    if (reason !== undefined) {
      const advice = quotesOf(text) === undefined ? "" : " Remove the quotes.";
      faults.push(`Cannot use ${name}: ${reason}.${advice}`);
      continue;
    }
    values[key] = value;
    const remark = kind.remark?.(text);
    if (remark !== undefined) warnings.push(`${name}=${kind.quote(text)} ${remark}`);
    const quotes = quotesOf(text);
    if (quotes !== undefined) {
      warnings.push(`${name} ${quotes} part of the value: remove quotes that are not meant.`);
    }
  }
  // With USE_TSNET others ask over the tailnet.
  const isOpen = values.env === "production" && values.useTsnet !== true;
  if (isOpen && !given.has("bindHost")) values.bindHost = "0.0.0.0";
  // Each value was read by the kind of its own key, and every required key has a default.
  return { config: values as unknown as Config, given, faults, warnings };
}

/** Why a text is refused; undefined if it is taken. */
function explainFault(kind: Kind<unknown>, text: string, value: unknown): string | undefined {
  const own = value === undefined ? kind.explain?.(text) : undefined;
  const reason = own ?? (kind.isSecret ? undefined : explainSecret(text, kind.wanted));
  if (reason !== undefined || value !== undefined) return reason;
  return `got ${kind.quote(text)}, want ${kind.wanted}`;
}

/** What files of variables do not take away everywhere: docker's `--env-file` keeps all quotes. */
function quotesOf(text: string): string | undefined {
  const [begins, ends] = [/^["'`“”‘’„]/, /["'`“”‘’„]$/].map((quote) => quote.test(text));
  if (begins === true && ends === true) return "begins and ends with quotes, and they count as";
  if (begins === true) return "begins with a quote, and it counts as";
  return ends === true ? "ends with a quote, and it counts as" : undefined;
}

function findText(
  setting: Setting<unknown>,
  flagText: string | undefined,
  env: Readonly<Record<string, string>>,
): Given | undefined {
  const { variable } = setting;
  const candidates: readonly (readonly [string, string | undefined])[] = [
    [flagOf(setting) ?? "", flagText],
    [variable, Object.hasOwn(env, variable) ? env[variable] : undefined],
  ];
  for (const [name, raw] of candidates) {
    // Files of secrets end with a line end more often than not.
    const text = raw?.trim();
    if (text === undefined || (text === "" && setting.keepsEmpty !== true)) continue;
    return { name, text };
  }
  return undefined;
}
