/**
 * The command line: a command, and settings as flags. Values may begin with a dash (`-` is the
 * default tailnet), a missing value is a fault, and nothing that may be a secret is repeated; this
 * is why the general parser of the standard library is not used.
 *
 * @module
 */

import {
  type Command,
  COMMANDS,
  isCommand,
  isPart,
  NODE_ACTIONS,
  type NodeAction,
  type Part,
  PARTS,
  type Shell,
  SHELLS,
} from "./command.ts";
import { parseSwitch } from "./kind.ts";
import { parseItems } from "./list.ts";
import { nearestWord } from "./near.ts";
import { foreignFlag } from "./foreign.ts";
import { quoteAs, quoteOpen } from "./quote.ts";
import { dashed, flagOf } from "./setting.ts";
import { SETTING_ROWS, type SettingKey } from "./setting_table.ts";
import { findTopic, type Topic, unknownTopic } from "./topic.ts";

/** Flags that are no settings. */
export interface Flags {
  /** Whether `check`, or `once` with `--explain`, writes JSON. */
  readonly json: boolean;
  /** Whether `once` says what the page costs instead of writing it. */
  readonly explain: boolean;
  /** What `once` collects; undefined = all that is configured. */
  readonly collect: readonly Part[] | undefined;
  /** What `help` explains; undefined = how the program is used. */
  readonly topic: Topic | undefined;
  /** The shell that `completion` writes for. Default: bash. */
  readonly shell: Shell;
  /** What `tailnet` does. Default: "state". */
  readonly action: NodeAction;
}

/** A command line, split. */
export interface CommandLine {
  /** What to do. Default: "serve". Any request for help makes it "help". */
  readonly command: Command;
  /** Flags that are no settings. */
  readonly flags: Flags;
  /** The texts of settings given as flags. */
  readonly texts: ReadonlyMap<SettingKey, string>;
  /** One sentence for each thing that is wrong; `help` answers in spite of all but its topic. */
  readonly faults: readonly string[];
}

/** Splits a command line; the texts of settings are not judged here. */
export function readArguments(args: readonly string[]): CommandLine {
  const texts = new Map<SettingKey, string>();
  const faults: string[] = [];
  const commands: Command[] = [];
  const asked = new Set<string>();
  let collect: readonly Part[] | undefined;
  let shell: Shell | undefined;
  let action: NodeAction | undefined;
  let topicWord: string | undefined;
  const isTopicNext = (arg: string) =>
    commands[0] === "help" && topicWord === undefined &&
    (!arg.startsWith("-") || findTopic(arg) !== undefined);
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const next = args[index + 1];
    if (PLAIN_FLAGS.includes(arg)) {
      asked.add(arg);
    } else if (isTopicNext(arg)) {
      topicWord = arg;
    } else if (arg === "--collect" || arg.startsWith("--collect=")) {
      const list = arg.startsWith("--collect=") ? arg.slice("--collect=".length) : next ?? "";
      if (arg === "--collect" && next !== undefined) index++;
      collect = parseParts(list);
      if (collect === undefined) {
        const got = list === "" ? "nothing" : quoteOpen(list);
        faults.push(`Cannot use --collect: got ${got}, want ${WANTED_PARTS}.`);
      }
    } else if (arg === "completion" || arg === "tailnet") {
      commands.push(arg);
      const isWordNext = next !== undefined && !next.startsWith("-");
      if (isWordNext) index++;
      const wanted = arg === "completion" ? SHELLS : NODE_ACTIONS;
      shell ??= SHELLS.find((each) => each === next);
      action ??= NODE_ACTIONS.find((each) => each === next);
      if (!wanted.some((each) => each === next)) {
        const got = isWordNext ? quoteOpen(next) : "nothing";
        faults.push(`Cannot use ${arg}: got ${got}, want ${listOf(wanted)}.`);
      }
    } else if (isCommand(arg)) {
      commands.push(arg);
    } else if (!arg.startsWith("-") || arg === "-" || arg === "--") {
      faults.push(unknownWord("command", arg));
    } else {
      const equals = arg.indexOf("=");
      const name = equals < 0 ? arg : arg.slice(0, equals);
      const row = FLAGS.get(name);
      // An unknown flag may be a secret's: what follows it is not ours to repeat.
      const isValueNext = equals < 0 && next !== undefined &&
        (row !== undefined || SECRET_VARIABLES.has(name.slice(2))
          ? !next.startsWith("--")
          : !next.startsWith("-") && !isCommand(next));
      if (row?.isSwitch === true) {
        const isWordNext = equals < 0 && next !== undefined && parseSwitch(next) !== undefined;
        texts.set(row.key, isWordNext ? next : equals < 0 ? "true" : arg.slice(equals + 1));
        if (isWordNext) index++;
      } else if (row === undefined) {
        faults.push(unknownFlag(name));
        if (isValueNext) index++;
      } else if (equals >= 0) {
        texts.set(row.key, arg.slice(equals + 1));
      } else if (isValueNext) {
        texts.set(row.key, next);
        index++;
      } else {
        faults.push(`Cannot use ${name}: got no value, want ${row.wanted}.`);
      }
    }
  }
  const command = chooseCommand(commands, asked);
  if (commands.length > 1) {
    faults.push(`Cannot run ${commands.join(" and ")} at once: want one command.`);
  }
  topicWord ??= commands.find((each) => each !== "help");
  const topic = topicWord === undefined ? undefined : findTopic(topicWord);
  const flags = {
    json: asked.has("--json"),
    explain: asked.has("--explain"),
    collect,
    topic: command === "help" ? topic : undefined,
    shell: shell ?? "bash",
    action: action ?? "state",
  };
  if (command === "help") {
    const unknown = topicWord === undefined || topic !== undefined ? [] : [unknownTopic(topicWord)];
    return { command, flags, texts, faults: unknown };
  }
  if (collect !== undefined && command !== "once") {
    faults.push(`Cannot use --collect with ${command}: only once collects some parts.`);
  }
  if (flags.explain && command !== "once") {
    faults.push(`Cannot use --explain with ${command}: only once explains what its page costs.`);
  }
  const hasJson = command === "check" || (command === "once" && flags.explain);
  if (flags.json && !hasJson) {
    faults.push(`Cannot use --json with ${command}: only check and once --explain write JSON.`);
  }
  return { command, flags, texts, faults };
}

const VERSION_FLAGS: readonly string[] = ["--version", "-v", "-V"];

const PLAIN_FLAGS: readonly string[] = ["-h", "--help", ...VERSION_FLAGS, "--json", "--explain"];

const WANTED_PARTS = `some of ${PARTS.join(", ")}, separated by commas`;

/** Parts in their own order, each once; undefined if there is none, or another word. */
function parseParts(list: string): readonly Part[] | undefined {
  const items = parseItems(list, (item) => isPart(item) ? item : undefined);
  return items?.length === 0 ? undefined : items && PARTS.filter((part) => items.includes(part));
}

interface FlagRow {
  readonly key: SettingKey;
  readonly isSwitch: boolean;
  readonly wanted: string;
}

const FLAGS: ReadonlyMap<string, FlagRow> = new Map(
  SETTING_ROWS.flatMap(([key, setting]) => {
    const flag = flagOf(setting);
    const { isSwitch, wanted } = setting.kind;
    return flag === undefined ? [] : [[flag, { key, isSwitch, wanted }]];
  }),
);

const SECRET_VARIABLES: ReadonlyMap<string, string> = new Map(
  SETTING_ROWS
    .filter(([, setting]) => setting.kind.isSecret)
    .map(([, { variable }]) => [dashed(variable), variable]),
);

/** Words of other programs, and what they are called here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  "run": "serve",
  "start": "serve",
  "validate": "check",
  "verbose": "--log-level debug",
  "debug": "--log-level debug",
  "quiet": "--log-level error",
  "identity": "tailnet state",
};

/** What can be meant on a command line: as one thinks of it, and as it is written. */
const KNOWN_WORDS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(OTHER_WORDS),
  ...Object.keys(COMMANDS).map((command) => [command, command] as const),
  ...[...SECRET_VARIABLES].map(([word, variable]) => [word, `the variable ${variable}`] as const),
  ...["--help", "--version", "--json", "--explain", "--collect", ...FLAGS.keys()].map((flag) =>
    [flag.slice(2), flag] as const
  ),
]);

function chooseCommand(commands: readonly Command[], asked: ReadonlySet<string>): Command {
  if (asked.has("--help") || asked.has("-h") || commands.includes("help")) return "help";
  if (VERSION_FLAGS.some((flag) => asked.has(flag))) return "version";
  return commands[0] ?? "serve";
}

function listOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function unknownFlag(name: string): string {
  const variable = SECRET_VARIABLES.get(name.slice(2));
  if (variable !== undefined) {
    return `Cannot use ${name}: a command line can be read by other processes; ` +
      `set the variable ${variable} instead.`;
  }
  const ours = foreignFlag(name);
  if (ours !== undefined) return `Unknown ${quoteAs("flag", name)}: use ${ours}.`;
  return unknownWord("flag", name);
}

function unknownWord(what: "command" | "flag", given: string): string {
  const nearest = nearestWord(dashed(given.replace(/^-+/, "")), [...KNOWN_WORDS.keys()]);
  const unknown = `Unknown ${quoteAs(what, given)}`;
  if (nearest !== undefined) return `${unknown}: did you mean ${KNOWN_WORDS.get(nearest)}?`;
  if (what === "flag") return `${unknown}.`;
  return `${unknown}: want ${listOf(Object.keys(COMMANDS))}.`;
}
