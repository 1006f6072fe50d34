/**
 * The tailnet in a few numbers, and what is wrong with it, the worst first.
 *
 * @module
 */

import {
  adviceFor,
  bySeverity,
  DEVICE_PROBLEMS,
  type DeviceFacts,
  devicesOf,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  type ProblemContext,
  type ProblemDefinition,
  type ProblemSeverity,
  type ProblemWords,
  SCRAPE_STATES,
  severityFor,
  type TailnetFacts,
} from "../facts/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { shortName } from "../text/short_name.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { formatOptionalTime, formatTime } from "../time/timestamp.ts";
import { type ApiSource, currentAlertsOf, problemContext } from "./fact_source.ts";
import { ownNodeProblem } from "./own_node.ts";
import * as s from "./schema.ts";

/** Each kind of problem, in the order of the kinds. */
const DEFINITIONS: readonly ProblemDefinition[] = PROBLEM_KINDS.map((kind) =>
  DEVICE_PROBLEMS[kind]
);

/** Devices that are named for each problem. */
const MAX_EXAMPLES = 5;

/** The schema of {@linkcode summarize}. */
export const SUMMARY: s.Schema = s.object({
  time: s.time("When this was made."),
  devices: s.object({
    total: s.count("Devices that pass the filters of the settings."),
    online: s.count("Those that are connected to the control plane."),
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
      since: s.orNull(s.time("Since when the first of them has it; null where it is unknown.")),
      reason: s.orNull(s.text("What is wrong with that one, in a sentence; null for a source.")),
      count: s.count("Devices that have it; 0 for a problem of a source."),
      devices: s.list(
        s.object({ id: s.text("The device's id."), name: s.text("Its name.") }),
        `At most ${MAX_EXAMPLES} of them.`,
      ),
    }),
    "What is wrong, the worst first. What is a hint only for laptops, phones and abandoned nodes " +
      "is apart from the same problem of servers.",
  ),
}, "The tailnet in a few numbers.");

interface Found {
  readonly kind: string;
  readonly severity: ProblemSeverity;
  readonly title: string;
  readonly advice: string;
  sinceMs: number | undefined;
  reason: string | undefined;
  /** Key of the device that `sinceMs` and `reason` are about. */
  key: string | undefined;
  count: number;
  readonly devices: { readonly id: string; readonly name: string }[];
}

/** A kind of problem: the devices for which it is as bad as its kind, and those with a hint. */
interface FoundKind {
  readonly usual: Found;
  readonly hints: Found;
}

/** Kinds of which the state of our own node tells more, unless it is running. */
const TOLD_BY_STATE: ReadonlySet<string> = new Set([
  "critical_node_offline",
  "node_offline",
  "key_expired",
]);

/** The summary; walks over all devices in slices. */
export async function summarize(
  source: ApiSource,
  slices?: TimeSliceOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const nowMs = source.now();
  const slice = new TimeSlice(slices);
  const tailnets = source.tailnets();
  const metrics: Record<string, number> = Object.fromEntries(
    SCRAPE_STATES.map((each) => [each, 0]),
  );
  const found = PROBLEM_KINDS.map((kind): FoundKind => {
    const { advice, severity, title } = DEVICE_PROBLEMS[kind];
    const none = {
      kind,
      advice,
      sinceMs: undefined,
      reason: undefined,
      key: undefined,
      count: 0,
    };
    return {
      usual: { ...none, severity, title, devices: [] },
      hints: {
        ...none,
        severity: "info",
        title: `${title} (personal, or inactive for 30 days)`,
        devices: [],
      },
    };
  });
  const ownNode = source.ownNode();
  const context = problemContext(nowMs, source.monitor(), ownNode);
  const ofOwnNode: Found[] = [];
  let ownKey: string | undefined;
  let [total, online] = [0, 0];
  for (const tailnet of tailnets) {
    for (const facts of devicesOf(tailnet, () => [])) {
      if (slice.isOver) await slice.next();
      total++;
      if (facts.isOnline) online++;
      metrics[facts.scrape.state] = (metrics[facts.scrape.state] ?? 0) + 1;
      if (context.isOwnNode?.(facts.device) === true) {
        ownKey = facts.key;
        ofOwnNode.push(...ownProblems(facts, context, ownNode?.state === "running"));
      } else note(found, facts, context);
    }
  }
  const ofDevices = found.flatMap(({ hints, usual }) => [usual, hints])
    .filter(({ count }) => count > 0);
  noteAlerts(ofDevices, source, ownKey);
  return {
    time: formatTime(nowMs),
    devices: { total, online, offline: total - online },
    metrics,
    access: source.analytics() !== undefined,
    tailnets: tailnets.map(tailnetJson),
    problems: [...sourceProblems(source), ...ofDevices, ...ofOwnNode].sort(bySeverity).map(
      problemJson,
    ),
  };
}

function note(found: readonly FoundKind[], facts: DeviceFacts, context: ProblemContext): void {
  // Without an iterator, which would cost as much as the search itself.
  for (let at = 0; at < DEFINITIONS.length; at++) {
    const definition = DEFINITIONS[at];
    const words = definition?.find(facts, context);
    const kind = found[at];
    if (definition === undefined || words === undefined || kind === undefined) continue;
    const isUsual = severityFor(definition, words, facts, context) === definition.severity;
    noteDevice(isUsual ? kind.usual : kind.hints, facts, words);
  }
}

/** What the device list says of our own node, whose advice is another than that of a device. */
function ownProblems(
  facts: DeviceFacts,
  context: ProblemContext,
  isRunning: boolean,
): readonly Found[] {
  return PROBLEM_KINDS.flatMap((kind) => {
    const definition: ProblemDefinition = DEVICE_PROBLEMS[kind];
    const words = definition.find(facts, context);
    if (words === undefined || !isRunning && TOLD_BY_STATE.has(kind)) return [];
    const found: Found = {
      kind,
      severity: severityFor(definition, words, facts, context),
      title: `${definition.title} (the node of tsmetrics)`,
      advice: adviceFor(definition, facts, context),
      sinceMs: undefined,
      reason: undefined,
      key: undefined,
      count: 0,
      devices: [],
    };
    noteDevice(found, facts, words);
    return [found];
  });
}

function noteDevice(found: Found, { device: { id, name }, key }: DeviceFacts, words: ProblemWords) {
  const { sinceMs, text } = words;
  found.count++;
  if (found.count === 1 || (sinceMs ?? Infinity) < (found.sinceMs ?? Infinity)) {
    found.sinceMs = sinceMs;
    found.key = key;
    found.reason = `${shortName(name)}: ${text}`;
  }
  if (found.devices.length < MAX_EXAMPLES) found.devices.push({ id, name });
}

/**
 * Takes since when there is a problem from its alert where that is older: alerts outlive a restart,
 * and know of problems that the facts give no time for.
 *
 * @param ownKey Key of our own node, whose problems stand apart.
 */
function noteAlerts(
  problems: readonly Found[],
  source: ApiSource,
  ownKey: string | undefined,
): void {
  const byRule = new Map(
    problems.filter(({ severity }) => severity !== "info")
      .map((problem) => [problem.kind, problem]),
  );
  if (byRule.size === 0) return;
  for (const { node, rule, sinceMs, summary } of currentAlertsOf(source.monitor())) {
    const problem = byRule.get(rule);
    if (node !== undefined && node.key === ownKey) continue;
    if (problem === undefined || sinceMs >= (problem.sinceMs ?? Infinity)) continue;
    problem.sinceMs = sinceMs;
    // Of the same device the facts say more.
    if (node === undefined || node.key === problem.key) continue;
    problem.key = node.key;
    problem.reason = `${summary}.`;
  }
}

/** What is wrong with control planes, this host's tailscaled and our own node. */
function sourceProblems(source: ApiSource): readonly Found[] {
  const problems: Found[] = [];
  const add = (
    problem: Pick<Found, "advice" | "kind" | "title"> & Partial<Pick<Found, "severity">>,
    sinceMs?: number,
  ) =>
    problems.push({
      severity: "critical",
      ...problem,
      sinceMs,
      reason: undefined,
      key: undefined,
      count: 0,
      devices: [],
    });
  for (const { api, isFresh, listing } of source.tailnets()) {
    if (api.answers === false) {
      const title = isFresh ? "The API does not answer" : "No recent device list";
      const advice = api.error?.message ?? "See /health for the reason.";
      add({ kind: "api_down", title, advice }, api.sinceMs);
    } else if (listing !== undefined && !isFresh) {
      const title = "The device list is old";
      add(
        { kind: "list_stale", title, advice: "Collection is stuck: see the log." },
        listing.atMs,
      );
    }
  }
  const node = source.ownNode();
  if (node !== undefined) {
    const isStarting = source.tailnets().every(({ listing }) => listing === undefined);
    const problem = ownNodeProblem(node, isStarting);
    if (problem !== undefined) add({ kind: `own_node_${node.state}`, ...problem }, node.sinceMs);
  }
  const host = source.host();
  if (host?.isOwnNode === true) {
    // The last look at it may be older than its state, which tells everything else.
    if (node?.state === "running" && host.answers === false) {
      const title = "The node of tsmetrics does not answer";
      add({ kind: "tailscaled_down", title, advice: "See the log." }, host.sinceMs);
    }
  } else if (host?.answers === false) {
    const title = "tailscaled does not answer";
    add({ kind: "tailscaled_down", title, advice: "Start tailscaled on this host." }, host.sinceMs);
  } else if (host?.backend !== undefined && host.backend !== "Running") {
    const title = `tailscaled is ${host.backend}`;
    add({ kind: "tailscaled_down", title, advice: "Run `tailscale up` on this host." });
  }
  return problems;
}

function problemJson(
  { advice, count, devices, kind, reason, severity, sinceMs, title }: Found,
): JsonObject {
  const since = formatOptionalTime(sinceMs);
  return { kind, severity, title, advice, since, reason: reason ?? null, count, devices };
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
