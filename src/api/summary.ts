/**
 * The tailnet in a few numbers, and what is wrong with it, the worst first.
 *
 * @module
 */

import {
  DEVICE_PROBLEMS,
  type DeviceFacts,
  devicesOf,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  type ProblemContext,
  type ProblemDefinition,
  type ProblemSeverity,
  SCRAPE_STATES,
  type TailnetFacts,
} from "../facts/mod.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatOptionalTime, formatTime } from "../time/timestamp.ts";
import { type Known, problemContext } from "./known.ts";
import * as s from "./schema.ts";

/** What finds each kind of problem, in the order of the kinds. */
const FINDERS: readonly ProblemDefinition["find"][] = PROBLEM_KINDS.map((kind) =>
  DEVICE_PROBLEMS[kind].find
);

/** Devices that are named for each problem. */
const MAX_EXAMPLES = 5;

/** The schema of {@linkcode summarize}. */
export const SUMMARY: s.Schema = s.object({
  time: s.time("When this was made."),
  devices: s.object({
    total: s.count("Devices that pass the filters of the settings."),
    online: s.count("Those that are connected to the control server."),
    offline: s.count("Those that are not."),
  }),
  metrics: s.map(
    s.count("Devices."),
    `Devices by the state of their metrics: ${SCRAPE_STATES.join(", ")}.`,
  ),
  access: s.flag("Whether access logs are taken, so that /analytics/ answers."),
  tailnets: s.list(
    s.object({
      name: s.text("The tailnet."),
      answers: s.orNull(s.flag("Whether the control plane answered the last call.")),
      since: s.orNull(s.time("Since when that is so.")),
      last_list: s.orNull(s.time("When the last device list arrived.")),
      fresh: s.flag("Whether that list is recent enough to be shown."),
      error: s.orNull(s.text("Why the last call failed.")),
    }),
    "The tailnets, and whether their control planes answer.",
  ),
  problems: s.list(
    s.object({
      kind: s.text("The kind: one of a device's, or of the exporter's sources."),
      severity: s.word(PROBLEM_SEVERITIES, "Severity."),
      title: s.text("What is wrong, in a few words."),
      advice: s.text("What mends it."),
      count: s.count("Devices that have it; 0 for a problem of a source."),
      devices: s.list(
        s.object({ id: s.text("The device's id."), name: s.text("Its name.") }),
        `At most ${MAX_EXAMPLES} of them.`,
      ),
    }),
    "What is wrong, the worst first.",
  ),
}, "The tailnet in a few numbers.");

interface Found {
  readonly kind: string;
  readonly severity: ProblemSeverity;
  readonly title: string;
  readonly advice: string;
  count: number;
  readonly devices: { readonly id: string; readonly name: string }[];
}

/** The summary; walks over all devices in slices. */
export async function summarize(
  known: Known,
  slices?: TimeSliceOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const nowMs = known.now();
  const slice = new TimeSlice(slices);
  const tailnets = known.tailnets();
  const metrics: Record<string, number> = Object.fromEntries(
    SCRAPE_STATES.map((each) => [each, 0]),
  );
  const found = PROBLEM_KINDS.map((kind): Found => {
    const { advice, severity, title } = DEVICE_PROBLEMS[kind];
    return { kind, severity, title, advice, count: 0, devices: [] };
  });
  const context = problemContext(nowMs, known.monitor());
  let [total, online] = [0, 0];
  for (const tailnet of tailnets) {
    for (const facts of devicesOf(tailnet, () => [])) {
      if (slice.isOver) await slice.next();
      total++;
      if (facts.isOnline) online++;
      metrics[facts.scrape.state] = (metrics[facts.scrape.state] ?? 0) + 1;
      note(found, facts, context);
    }
  }
  return {
    time: formatTime(nowMs),
    devices: { total, online, offline: total - online },
    metrics,
    access: known.analytics() !== undefined,
    tailnets: tailnets.map(tailnetJson),
    problems: [...sourceProblems(known), ...found.filter(({ count }) => count > 0)]
      .sort((a, b) => rankOf(a) - rankOf(b)),
  };
}

function rankOf({ severity }: Found): number {
  return PROBLEM_SEVERITIES.indexOf(severity);
}

function note(found: readonly Found[], facts: DeviceFacts, context: ProblemContext): void {
  // Without an iterator, which would cost as much as the search itself.
  for (let at = 0; at < FINDERS.length; at++) {
    const entry = found[at];
    if (entry === undefined || FINDERS[at]?.(facts, context) === undefined) continue;
    entry.count++;
    if (entry.devices.length >= MAX_EXAMPLES) continue;
    entry.devices.push({ id: facts.device.id, name: facts.device.name });
  }
}

/** What is wrong with control planes and with this host's tailscaled. */
function sourceProblems(known: Known): readonly Found[] {
  const problems: Found[] = [];
  const add = (kind: string, title: string, advice: string) =>
    problems.push({ kind, severity: "critical", title, advice, count: 0, devices: [] });
  for (const { api, isFresh, listing } of known.tailnets()) {
    if (api.answers === false) {
      const title = isFresh ? "The API does not answer" : "No recent device list";
      add("api_down", title, api.error?.message ?? "See /health for the reason.");
    } else if (listing !== undefined && !isFresh) {
      add("list_stale", "The device list is old", "See the log: the cycle hangs.");
    }
  }
  const host = known.host();
  if (host?.answers === false) {
    add("tailscaled_down", "tailscaled does not answer", "Start tailscaled on this host.");
  } else if (host?.backend !== undefined && host.backend !== "Running") {
    add("tailscaled_down", `tailscaled is ${host.backend}`, "Run `tailscale up` on this host.");
  }
  return problems;
}

function tailnetJson({ api, isFresh, tailnet }: TailnetFacts): Readonly<Record<string, unknown>> {
  return {
    name: tailnet,
    answers: api.answers ?? null,
    since: formatOptionalTime(api.sinceMs),
    last_list: formatOptionalTime(api.lastListMs),
    fresh: isFresh,
    error: api.error?.message ?? null,
  };
}
