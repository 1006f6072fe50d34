/**
 * What `tsmetrics help TOPIC` explains: a command, all settings, a theme of them, or one setting.
 *
 * @module
 */

import { type Command, COMMANDS, isCommand } from "./command.ts";
import { nearestWord } from "./near.ts";
import { quoteAs } from "./quote.ts";
import { dashed, type Setting } from "./setting.ts";
import { SETTING_ROWS, type Theme, THEMES } from "./setting_table.ts";

/** A subject of the help. */
export type Topic =
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "themes"; readonly themes: readonly Theme[] }
  | { readonly kind: "setting"; readonly setting: Setting<unknown> };

/** The word for all settings. */
const ALL = "settings";

/**
 * The topic that a word names: "serve", "settings", "watchdog", "SCRAPE_INTERVAL",
 * "--scrape-interval".
 *
 * @returns undefined if there is no such topic.
 */
export function findTopic(word: string): Topic | undefined {
  const name = dashed(word.replace(/^-+/, ""));
  if (name === ALL) return { kind: "themes", themes: THEMES };
  if (isCommand(name)) return { kind: "command", command: name };
  const setting = SETTING_ROWS.find(([, { variable }]) => dashed(variable) === name);
  // KEEPALIVE and WATCHDOG are themes, too: these tell more.
  const themes = THEMES.filter(({ title }) => themeWord(title) === name);
  if (themes.length > 0) return { kind: "themes", themes };
  return setting && { kind: "setting", setting: setting[1] };
}

/** What is wrong with a word that is no topic, with the nearest that is one. */
export function unknownTopic(word: string): string {
  const topics = [
    ...Object.keys(COMMANDS),
    ALL,
    ...THEMES.map(({ title }) => themeWord(title)),
    ...SETTING_ROWS.map(([, { variable }]) => dashed(variable)),
  ];
  const nearest = nearestWord(dashed(word.replace(/^-+/, "")), topics);
  const unknown = `Unknown ${quoteAs("topic", word)}`;
  return nearest === undefined
    ? `${unknown}: want a command, ${ALL}, or the name of a setting.`
    : `${unknown}: did you mean ${nearest}?`;
}

/** The word for a theme: "This host's tailscaled" → "this-host-tailscaled". */
export function themeWord(title: string): string {
  return title.toLowerCase().replace(/\(.*\)|'s\b/, "").trim().replace(/[^a-z]+/g, "-");
}
