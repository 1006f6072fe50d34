import { assertEquals } from "@std/assert";
import { readArguments } from "../../src/config/argument.ts";
import { type Command, SHELLS } from "../../src/config/command.ts";

const COMMAND_LINES: readonly (readonly [line: string, command: Command])[] = [
  ["", "serve"],
  ["serve", "serve"],
  ["once", "once"],
  ["check", "check"],
  ["check --json", "check"],
  ["--json check", "check"],
  ["once --explain", "once"],
  ["once --explain --json", "once"],
  ["healthcheck", "healthcheck"],
  ["version", "version"],
  ["--version", "version"],
  ["-v", "version"],
  ["-V", "version"],
  ["help", "help"],
  ["--help", "help"],
  ["-h", "help"],
  ["once --help", "help"],
  ["help --version", "help"],
  ["--port 1 once", "once"],
];
for (const [line, command] of COMMAND_LINES) {
  Deno.test(`readArguments() takes "${line}" for ${command}`, () => {
    const read = readArguments(line.split(" ").filter((word) => word !== ""));
    assertEquals([read.command, read.faults], [command, []]);
    assertEquals(read.flags, {
      json: line.includes("--json"),
      explain: line.includes("--explain"),
      collect: undefined,
      topic: line === "once --help" ? { kind: "command", command: "once" } : undefined,
      shell: "bash",
      action: "state",
    });
  });
}

Deno.test("readArguments() takes the word after completion for a shell", () => {
  for (const shell of SHELLS) {
    const { command, flags, faults } = readArguments(["completion", shell]);
    assertEquals([command, flags.shell, faults], ["completion", shell, []]);
  }
  const help = readArguments(["completion", "--help"]);
  assertEquals([help.command, help.flags.topic?.kind, help.faults], ["help", "command", []]);
});

const COLLECTED: readonly (readonly [words: readonly string[], parts: readonly string[]])[] = [
  [["--collect", "peers,native,watchdog"], ["peers", "native", "watchdog"]],
  [["--collect=watchdog, peers,peers"], ["peers", "watchdog"]],
  [["--collect", "devices"], ["devices"]],
];
for (const [words, parts] of COLLECTED) {
  Deno.test(`readArguments() takes ${words.join(" ")} for ${parts.join(" and ")}`, () => {
    const { flags, faults } = readArguments(["once", ...words]);
    assertEquals([flags.collect, faults], [parts as typeof flags.collect, []]);
  });
}

Deno.test("readArguments() takes a flag's value with = or as the next word", () => {
  const { texts, faults } = readArguments([
    "--port=1",
    "--scrape-interval",
    "15s",
    "--tailnet-name",
    "-",
    "--scrape-tag",
    "",
    "--version-x",
    "--api-timeout=a=b",
    "--target-devices",
    "-x",
    "--use-tsnet",
    "--require-exporter-tag=no",
    "--port",
    "2",
  ]);
  assertEquals([...texts], [
    ["port", "2"],
    ["scrapeIntervalMs", "15s"],
    ["tailnetName", "-"],
    ["scrapeTag", ""],
    ["apiTimeoutMs", "a=b"],
    ["targetDevices", "-x"],
    ["useTsnet", "true"],
    ["requireExporterTag", "no"],
  ]);
  assertEquals(faults, ['Unknown flag "--version-x": did you mean --version?']);
});

const WANTED_COMMANDS =
  "want serve, once, check, healthcheck, tailnet, completion, version or help";
const UNKNOWN_LISTEN = 'Unknown flag "--web.listen-address": use --bind-host and --port.';

const FAULTS: readonly (readonly [line: string, fault: string])[] = [
  ["--port", "Cannot use --port: got no value, want a whole number from 0 to 65535."],
  ["--port --json check", "Cannot use --port: got no value, want a whole number from 0 to 65535."],
  ["--prot 1", 'Unknown flag "--prot": did you mean --port?'],
  ["--scrape_interval 1", 'Unknown flag "--scrape_interval": did you mean --scrape-interval?'],
  ["-help", 'Unknown flag "-help": did you mean --help?'],
  ["-health-check", 'Unknown flag "-health-check": did you mean healthcheck?'],
  ["-x", 'Unknown flag "-x".'],
  ["-", `Unknown command "-": ${WANTED_COMMANDS}.`],
  ["--", `Unknown command "--": ${WANTED_COMMANDS}.`],
  ["sing", `Unknown command "sing": ${WANTED_COMMANDS}.`],
  ["start", 'Unknown command "start": did you mean serve?'],
  ["--web.listen-address=:9100", UNKNOWN_LISTEN],
  ["--web.listen-address :9100", UNKNOWN_LISTEN],
  [
    "--web.config.file web.yml",
    'Unknown flag "--web.config.file": use the variables TLS_CERT_PEM and TLS_KEY_PEM for HTTPS, ' +
    "TLS_CLIENT_CA_PEM for client certificates, and BASIC_AUTH_USERS or METRICS_TOKEN for logins; " +
    "the sandbox reads no file.",
  ],
  ["--log.level debug", 'Unknown flag "--log.level": did you mean --log-level?'],
  ["help sevre", 'Unknown topic "sevre": did you mean serve?'],
  [
    "help sing",
    'Unknown topic "sing": want a command, settings, or the name of a setting.',
  ],
  ["srve", 'Unknown command "srve": did you mean serve?'],
  ["once check", "Cannot run once and check at once: want one command."],
  ["once --json", "Cannot use --json with once: only check and once --explain write JSON."],
  [
    "once --collect",
    "Cannot use --collect: got nothing, want some of devices, peers, native, " +
    "watchdog, separated by commas.",
  ],
  [
    "once --collect=peers,all",
    'Cannot use --collect: got "peers,all", want some of devices, ' +
    "peers, native, watchdog, separated by commas.",
  ],
  [
    "once --collect ,",
    'Cannot use --collect: got ",", want some of devices, peers, native, ' +
    "watchdog, separated by commas.",
  ],
  ["identity", 'Unknown command "identity": did you mean tailnet state?'],
  ["tailnet", "Cannot use tailnet: got nothing, want state or restore."],
  ["tailnet bash", 'Cannot use tailnet: got "bash", want state or restore.'],
  ["completion state", 'Cannot use completion: got "state", want bash, zsh or fish.'],
  ["completion", "Cannot use completion: got nothing, want bash, zsh or fish."],
  ["completion --port 1", "Cannot use completion: got nothing, want bash, zsh or fish."],
  ["completion serve", 'Cannot use completion: got "serve", want bash, zsh or fish.'],
  ["serve --collect peers", "Cannot use --collect with serve: only once collects some parts."],
  ["check --explain", "Cannot use --explain with check: only once explains what its page costs."],
  [
    "--metrics-token canary",
    "Cannot use --metrics-token: a command line can be read by other processes; set the variable " +
    "METRICS_TOKEN instead.",
  ],
  [
    "--metrics-tokn canary",
    'Unknown flag "--metrics-tokn": did you mean the variable METRICS_TOKEN?',
  ],
  [
    "--metrics-tokn=canary",
    'Unknown flag "--metrics-tokn": did you mean the variable METRICS_TOKEN?',
  ],
  [
    "--metrics-token -canary once",
    "Cannot use --metrics-token: a command line can be read by other processes; set the variable " +
    "METRICS_TOKEN instead.",
  ],
  ["--verbose once", 'Unknown flag "--verbose": did you mean --log-level debug?'],
];
for (const [line, fault] of FAULTS) {
  Deno.test(`readArguments() finds the fault of "${line}"`, () => {
    assertEquals(readArguments(line.split(" ")).faults, [fault]);
  });
}

const TOPICS: readonly (readonly [line: string, kind: string | undefined])[] = [
  ["help", undefined],
  ["help once", "command"],
  ["once --help", "command"],
  ["--help once", "command"],
  ["help help", "command"],
  ["help completion", "command"],
  ["help settings", "themes"],
  ["help --scrape-interval", "setting"],
  ["help SCRAPE_INTERVAL --json", "setting"],
  ["--scrape-interval 3s --help", undefined],
  ["serve", undefined],
];
for (const [line, kind] of TOPICS) {
  Deno.test(`readArguments() takes ${kind ?? "no topic"} from "${line}"`, () => {
    const { flags, faults } = readArguments(line.split(" "));
    assertEquals([flags.topic?.kind, faults], [kind, []]);
  });
}

Deno.test("readArguments() keeps the command behind an unknown flag", () => {
  assertEquals(readArguments(["--verbose", "once"]).command, "once");
});

Deno.test("readArguments() takes a switch with or without a word behind it", () => {
  const lines = [
    ["--keepalive", "once"],
    ["--keepalive", "off", "once"],
    ["--keepalive=on", "once"],
    ["--keepalive", "--json", "check"],
    ["--require-exporter-tag", "No"],
  ];
  assertEquals(
    lines.map((line) => {
      const { command, faults, texts } = readArguments(line);
      return [command, faults.length, ...texts.values()];
    }),
    [
      ["once", 0, "true"],
      ["once", 0, "off"],
      ["once", 0, "on"],
      ["check", 0, "true"],
      ["serve", 0, "No"],
    ],
  );
});
