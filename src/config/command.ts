/**
 * What the program can be told to do, as data: the command line and the help read it.
 *
 * @module
 */

/** What the program can be told to do. */
export type Command =
  /** Collect at an interval and serve the metrics. */
  | "serve"
  /** Collect once and write the metrics to standard output. */
  | "once"
  /** Test credentials, API and devices, and say what is wrong. */
  | "check"
  /** Ask the running server whether it is healthy. */
  | "healthcheck"
  /** Print the identity of the embedded node, or restore it. */
  | "tailnet"
  /** Write a script that completes command lines. */
  | "completion"
  /** Print the version. */
  | "version"
  /** Print the help. */
  | "help";

/** A part of what is collected, as `once --collect` names it. */
export type Part =
  /** The devices of the tailnet, by the API, and their pages. */
  | "devices"
  /** The peers of this host. */
  | "peers"
  /** The metrics of this host's own tailscaled. */
  | "native"
  /** One look of the watchdog, and what it does about it. */
  | "watchdog";

/** All parts, in the order in which they are collected. */
export const PARTS: readonly Part[] = ["devices", "peers", "native", "watchdog"];

/** A shell that command lines can be completed in. */
export type Shell = "bash" | "zsh" | "fish";

/** All shells that `completion` writes scripts for. */
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** What `tailnet` does with the identity of the embedded node: prints it, or restores it. */
export type NodeAction = "state" | "restore";

/** All actions of `tailnet`. */
export const NODE_ACTIONS: readonly NodeAction[] = ["state", "restore"];

/** What a command asks of the settings. */
export type CommandNeed =
  /** Every setting valid, and something to read: credentials, the demo or a tailscaled. */
  | "source"
  /** Every setting valid. */
  | "settings"
  /** Nothing: faulty variables do not matter. */
  | "nothing";

/** One row of the table of commands. */
export interface CommandRow {
  /** What the command does, in one sentence. */
  readonly help: string;
  /** What follows its name on a command line, but for settings: "[--json]". Default: nothing. */
  readonly usage?: string;
  /** Its exit codes other than 0, and 2 for faulty settings, each with its meaning. */
  readonly exits?: Readonly<Record<number, string>>;
  /** What it asks of the settings. */
  readonly needs: CommandNeed;
}

/** All commands, in the order in which they are shown. */
export const COMMANDS: Readonly<Record<Command, CommandRow>> = {
  serve: {
    help: "Collect at an interval and serve /metrics (the default command).",
    exits: {
      1: "it cannot listen",
      75: "the watchdog asks for a restart of tailscaled",
      76: "the embedded node is frozen: start the program again",
    },
    needs: "source",
  },
  once: {
    help: "Collect once and write the metrics to standard output; exits 1 if there are none. " +
      "--explain writes their cost instead: series and bytes by family and label. " +
      "--collect LIST collects only some of devices, peers, native and watchdog.",
    usage: "[--collect LIST] [--explain [--json]]",
    exits: {
      1: "nothing could be collected",
      75: "the watchdog asks for a restart of tailscaled",
    },
    needs: "source",
  },
  check: {
    help: "Test credentials, API and each device, and say what to fix; --json for machines.",
    usage: "[--json]",
    exits: {
      1: "the API or tailscaled does not answer, no device is up, one is failing, or a filter " +
        "entry matches none",
    },
    needs: "source",
  },
  healthcheck: {
    help: "Check the running server at PORT and BIND_HOST, and say why it is not healthy; for " +
      "images without curl.",
    exits: { 1: "the server is not healthy, or does not answer" },
    needs: "settings",
  },
  tailnet: {
    help:
      "Print the identity of the embedded node, a secret, for TSNET_STATE; restore writes the " +
      "identity in TSNET_STATE to storage.",
    usage: "state|restore",
    exits: {
      1: "there is none for TSNET_HOSTNAME and TSNET_CONTROL_URL, it cannot be restored, or the " +
        "node is a sidecar, whose tailscaled keeps it",
    },
    needs: "settings",
  },
  completion: {
    help: "Write a script that completes commands, flags and words, for bash, zsh or fish.",
    usage: "bash|zsh|fish",
    needs: "nothing",
  },
  version: { help: "Print the version (also --version, -v and -V).", needs: "nothing" },
  help: {
    help: "Print this help (also --help and -h), or that of a command, a setting or all settings.",
    usage: "[COMMAND | settings | TOPIC | SETTING]",
    needs: "nothing",
  },
};

/** Whether a word is a part of what is collected. */
export function isPart(word: string): word is Part {
  return PARTS.some((part) => part === word);
}

/** Whether a word is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}
