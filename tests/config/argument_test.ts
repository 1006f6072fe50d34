import { assertEquals } from "@std/assert";
import { readArguments } from "../../src/config/argument.ts";
import type { Command } from "../../src/config/command.ts";

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
    });
  });
}

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

const FAULTS: readonly (readonly [line: string, fault: string])[] = [
  ["--port", "Cannot use --port: got no value, want a whole number from 0 to 65535."],
  ["--port --json check", "Cannot use --port: got no value, want a whole number from 0 to 65535."],
  ["--prot 1", 'Unknown flag "--prot": did you mean --port?'],
  ["--scrape_interval 1", 'Unknown flag "--scrape_interval": did you mean --scrape-interval?'],
  ["-help", 'Unknown flag "-help": did you mean --help?'],
  ["-health-check", 'Unknown flag "-health-check": did you mean healthcheck?'],
  ["-x", 'Unknown flag "-x": `tsmetrics help` lists them all.'],
  ["-", 'Unknown command "-": `tsmetrics help` lists them all.'],
  ["--", 'Unknown command "--": `tsmetrics help` lists them all.'],
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
  ["--verbose once", 'Unknown flag "--verbose": `tsmetrics help` lists them all.'],
];
for (const [line, fault] of FAULTS) {
  Deno.test(`readArguments() finds the fault of "${line}"`, () => {
    assertEquals(readArguments(line.split(" ")).faults, [fault]);
  });
}

Deno.test("readArguments() keeps the command behind an unknown flag", () => {
  assertEquals(readArguments(["--verbose", "once"]).command, "once");
});
