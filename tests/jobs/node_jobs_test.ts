import { assertEquals } from "@std/assert";
import type { KnownDevice, TailnetFacts } from "../../src/facts/mod.ts";
import { createClassifier, History } from "../../src/history/mod.ts";
import { createNodeJobs } from "../../src/jobs/node_jobs.ts";
import { fillMessage, type Logger, type LogProperties } from "../../src/log/log.ts";
import type { TimeSliceOptions } from "../../src/time/slice.ts";
import { known, NOON_MS, snapshot } from "../facts/_snapshot.ts";

/** The jobs over what the test sets as facts, and what they log. */
function makeJobs(slices: TimeSliceOptions = {}, hasDatabase = true) {
  const lines: string[] = [];
  const line = (level: string) => (message: string, properties: LogProperties = {}) =>
    void lines.push(`${level}: ${fillMessage(message, properties)}`);
  const log: Logger = {
    debug: line("debug"),
    info: line("info"),
    warning: line("warning"),
    error: line("error"),
  };
  const classify = createClassifier({
    types: [{ type: "production", patterns: ["db"] }, { type: "git", patterns: ["git*"] }],
    critical: ["type:production", "git*"],
  });
  const written: (readonly KnownDevice[])[] = [];
  const history = new History({
    maxEvents: 100,
    keepMs: 1e9,
    maxGapMs: 1,
    now: () => NOON_MS,
    isCritical: () => false,
    findNode: () => undefined,
  });
  const now: { facts: TailnetFacts } = { facts: snapshot([]) };
  const jobs = createNodeJobs({
    healthMs: 1,
    criticalMs: 2,
    reportMs: 3,
    tailnets: () => [now.facts],
    classify,
    includesPersonal: false,
    writeNodes: hasDatabase ? (devices) => Promise.resolve(void written.push(devices)) : undefined,
    history,
    alerts: undefined,
    now: () => NOON_MS,
    ...slices,
    log,
  });
  const run = async (name: string) => {
    await jobs.find((job) => job.name === name)?.run(new AbortController().signal);
    return lines.splice(0);
  };
  return { jobs, written, history, now, run };
}

/** Nodes by name; in capitals they are online. */
function nodes(...names: readonly string[]): TailnetFacts {
  return snapshot(
    names.map((name) =>
      known({ id: name.toLowerCase(), name: name.toLowerCase() }, name !== name.toLowerCase())
    ),
  );
}

Deno.test("createNodeJobs() makes three jobs with the intervals of the settings", () => {
  assertEquals(makeJobs().jobs.map(({ intervalMs, name }) => [name, intervalMs]), [
    ["health", 1],
    ["critical", 2],
    ["report", 3],
  ]);
});

Deno.test("createNodeJobs() makes no health job without a database", () => {
  assertEquals(makeJobs({}, false).jobs.map(({ name }) => name), ["critical", "report"]);
});

Deno.test("the health job writes all nodes while there is a recent list", async () => {
  const { now, run, written } = makeJobs();
  now.facts = nodes("DB", "git", "WEB");
  await run("health");
  now.facts = { ...now.facts, isFresh: false };
  await run("health");
  assertEquals(written.map((devices) => devices.map(({ device }) => device.name)), [
    ["db", "git", "web"],
  ]);
});

Deno.test("the critical job logs production as an error, others as a warning, each once", async () => {
  const { now, run } = makeJobs();
  now.facts = nodes("db", "git", "web");
  assertEquals(await run("critical"), [
    "error: The critical node db (production) is offline",
    "warning: The critical node git (git) is offline",
  ]);
  assertEquals(await run("critical"), []);
  now.facts = { ...nodes("DB", "git"), isFresh: false };
  assertEquals(await run("critical"), []);
  now.facts = nodes("DB", "web");
  assertEquals(await run("critical"), ["info: The critical node db is online again"]);
  now.facts = nodes("db", "git");
  assertEquals((await run("critical")).length, 2);
});

Deno.test("the jobs classify very many nodes in slices of time", async () => {
  let passedMs = 0;
  let pauses = 0;
  const { now, run } = makeJobs({
    // Each look at the clock comes 3 ms after the one before.
    elapsed: () => passedMs += 3,
    pause: () => Promise.resolve(void pauses++),
  });
  now.facts = nodes(...Array.from({ length: 640 }, (_, at) => `W${at}`));
  for (const name of ["health", "critical", "report"]) {
    pauses = 0;
    await run(name);
    assertEquals(pauses > 1, true, name);
  }
});

Deno.test("the report job writes a line and an event", async () => {
  const { history, now, run } = makeJobs();
  now.facts = nodes("DB", "git", "WEB");
  const message = "2 of 3 nodes online; critical: 1 of 2 online";
  assertEquals(await run("report"), [`info: ${message}`]);
  const [event] = history.log.query().events;
  assertEquals([event?.type, event?.severity, event?.message], [
    "health_check",
    "critical",
    message,
  ]);
  now.facts = { ...now.facts, isFresh: false };
  assertEquals(await run("report"), [
    "warning: Skipped the report: there is no recent device list",
  ]);
});

Deno.test("the critical job logs a hundred nodes of a level, and counts the others", async () => {
  const { now, run } = makeJobs();
  now.facts = nodes(...Array.from({ length: 150 }, (_, at) => `git-${at}`));
  const lines = await run("critical");
  assertEquals([lines.length, lines.at(-1)], [
    101,
    "warning: 50 more critical nodes are offline: git-100, git-101, git-102, git-103, git-104, " +
    "git-105, git-106, git-107, git-108, git-109, …",
  ]);
  now.facts = nodes(...Array.from({ length: 150 }, (_, at) => `GIT-${at}`));
  assertEquals((await run("critical")).length, 101);
});
