/**
 * Completion for fish 3 and newer.
 *
 * @module
 */

import { COMMAND_WORDS, FLAG_WORDS, type FlagWord } from "../config/vocabulary.ts";

/** The script, for `/usr/share/fish/vendor_completions.d/tsmetrics.fish` or `source`. */
export function fishCompletion(): string {
  const lines = [
    "# Completion of fish for tsmetrics: tsmetrics completion fish | source",
    "",
    "complete -c tsmetrics -f",
    ...COMMAND_WORDS.map(({ name, help }) =>
      `complete -c tsmetrics -n __fish_use_subcommand -a ${name} -d ${quote(help)}`
    ),
    ...COMMAND_WORDS.filter(({ words }) => words.length > 0).map(({ name, words }) =>
      `complete -c tsmetrics -n '__fish_seen_subcommand_from ${name}' -a ${quote(words.join(" "))}`
    ),
    ...FLAG_WORDS.map(flagLine),
    "complete -c tsmetrics-host -w tsmetrics",
  ];
  return `${lines.join("\n")}\n`;
}

function flagLine(word: FlagWord): string {
  const { flag, short, help, value } = word;
  const parts = [`complete -c tsmetrics -l ${flag.slice(2)}`];
  for (const each of short) parts.push(`-s ${each.slice(1)}`);
  if (value === "required") parts.push("-x");
  const words = wordsOf(word);
  if (words !== "") parts.push(`-a ${quote(words)}`);
  parts.push(`-d ${quote(help)}`);
  return parts.join(" ");
}

function wordsOf({ words, isList }: FlagWord): string {
  const list = words.join(" ");
  return isList === true ? `(__fish_append , ${list})` : list;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
