/**
 * Every flag and command as completion and the manual page show them, from the tables that the
 * command line is read by.
 *
 * @module
 */

import { type Command, COMMANDS, isCommand, NODE_ACTIONS, PARTS, SHELLS } from "./command.ts";
import { flagOf } from "./setting.ts";
import { SETTING_ROWS, THEMES } from "./setting_table.ts";
import { themeWord } from "./topic.ts";

/** A flag. */
export interface FlagWord {
  /** With its dashes: "--log-level". */
  readonly flag: string;
  /** Its short forms, with their dash: "-V". */
  readonly short: readonly string[];
  /** What it does, in a sentence. */
  readonly help: string;
  /** Whether a value follows, and whether it may be left out. */
  readonly value: "none" | "optional" | "required";
  /** Stands for the value, "DURATION"; "" if there is none. */
  readonly placeholder: string;
  /** The words that it takes, where it takes no others. */
  readonly words: readonly string[];
  /** Takes several of the words, separated by commas. */
  readonly isList?: boolean;
}

/** A command and what follows it. */
export interface CommandWord {
  /** Its name. */
  readonly name: Command;
  /** What it does, in a sentence. */
  readonly help: string;
  /** The words of which one may follow. */
  readonly words: readonly string[];
}

/** Flags that are no settings. */
export const OWN_FLAGS: readonly FlagWord[] = [
  plain("--help", "Print the help.", ["-h"]),
  plain("--version", "Print the version.", ["-v", "-V"]),
  plain("--json", "Write JSON: check, and once with --explain."),
  plain("--explain", "Write what the page costs instead of the page: once."),
  {
    flag: "--collect",
    short: [],
    help: "Collect only some parts: once.",
    value: "required",
    placeholder: "LIST",
    words: PARTS,
    isList: true,
  },
];

/** All flags: those that are no settings, then those of the settings by theme. */
export const FLAG_WORDS: readonly FlagWord[] = [
  ...OWN_FLAGS,
  ...SETTING_ROWS.flatMap(([, setting]): readonly FlagWord[] => {
    const flag = flagOf(setting);
    const { isSwitch, placeholder, words = [] } = setting.kind;
    if (flag === undefined) return [];
    const help = firstSentence(setting.help);
    return [{
      flag,
      short: [],
      help,
      value: isSwitch ? "optional" : "required",
      placeholder,
      words,
    }];
  }),
];

/** What may follow a command. The settings, which `help` takes as well, would hide the themes. */
const FOLLOWING: Partial<Readonly<Record<Command, readonly string[]>>> = {
  completion: SHELLS,
  tailnet: NODE_ACTIONS,
  help: [
    ...new Set([
      ...Object.keys(COMMANDS),
      "settings",
      ...THEMES.map(({ title }) => themeWord(title)),
    ]),
  ],
};

/** All commands, in the order in which they are shown. */
export const COMMAND_WORDS: readonly CommandWord[] = Object.keys(COMMANDS)
  .filter(isCommand)
  .map((name) => ({
    name,
    help: firstSentence(COMMANDS[name].help),
    words: FOLLOWING[name] ?? [],
  }));

function plain(flag: string, help: string, short: readonly string[] = []): FlagWord {
  return { flag, short, help, value: "none", placeholder: "", words: [] };
}

/** Up to the first full stop or semicolon that ends a clause; lists show one line each. */
function firstSentence(text: string): string {
  return `${/^.*?(?=[.;](?:\s|$))/s.exec(text)?.[0] ?? text}.`;
}
