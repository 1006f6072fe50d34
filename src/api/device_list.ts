/**
 * The device list: filters, order and pages. One pass over the devices in slices of time, then the
 * rows of one page.
 *
 * @module
 */

import {
  type DeviceFacts,
  devicesOf,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  type ProblemContext,
  problemsOf,
  SCRAPE_STATES,
  shortVersion,
} from "../facts/mod.ts";
import { OTHER_TYPE } from "../history/mod.ts";
import { toJson } from "../text/printable.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { tagKey } from "../tag.ts";
import { DEVICE_ROW, deviceRow } from "./device.ts";
import { type ApiSource, type Monitored, problemContext } from "./fact_source.ts";
import { ListOrder } from "./list_order.ts";
import { type Parameter, type Query, textParameter, wordParameter } from "./parameter.ts";
import * as s from "./schema.ts";

/** What the list can be sorted by. */
export const DEVICE_ORDER: ListOrder<DeviceFacts, ProblemContext> = new ListOrder({
  elements: "devices",
  keys: {
    name: ({ device }) => device.name,
    online: ({ isOnline }) => isOnline ? 0 : 1,
    os: ({ device }) => device.os ?? null,
    owner: ({ device }) => device.user ?? null,
    version: ({ device: { clientVersion } }) =>
      clientVersion === undefined ? null : sortableVersion(clientVersion),
    last_seen: ({ device, isOnline }) => isOnline ? Infinity : device.lastSeenSeconds ?? null,
    expires: ({ device }) =>
      device.keyExpiryDisabled === true ? null : device.expiresSeconds ?? null,
    metrics: ({ scrape }) => scrape.state,
    problem: (facts, context) => {
      const [worst] = problemsOf(facts, context);
      return worst === undefined ? null : PROBLEM_SEVERITIES.indexOf(worst.severity);
    },
  },
});

/** The parameters of the list. */
export const DEVICE_LIST_PARAMETERS: readonly Parameter[] = [
  textParameter("q", "Only devices whose name, host name, address, owner or tag contains this."),
  wordParameter("online", ["true", "false"], "Only devices that are online, or only the others."),
  wordParameter("metrics", SCRAPE_STATES, "Only devices whose metrics are in this state.", true),
  wordParameter(
    "problem",
    ["any", ...PROBLEM_SEVERITIES, ...PROBLEM_KINDS],
    "Only devices with such a problem.",
    true,
  ),
  textParameter("tag", "Only devices with this tag.", { isRepeatable: true }),
  textParameter("os", "Only devices with this operating system.", { isRepeatable: true }),
  textParameter("owner", "Only devices of this owner.", { isRepeatable: true }),
  textParameter("type", "Only devices of this type.", { isRepeatable: true }),
  wordParameter("critical", ["true", "false"], "Only critical devices, or only the others."),
  ...DEVICE_ORDER.parameters,
];

/** The schema of the list. */
export const DEVICE_LIST: s.Schema = s.object({
  total: s.count("Devices that pass the filters, on all pages."),
  next: s.orNull(s.text("The cursor of the next page; null on the last one.")),
  devices: s.list(DEVICE_ROW, "The devices of this page."),
}, "A page of the device list.");

/** A page of the list as JSON, a text for each row. */
export async function listDevices(
  source: ApiSource,
  query: Query,
  slices?: TimeSliceOptions,
): Promise<Iterable<string>> {
  const nowMs = source.now();
  const monitor = source.monitor();
  const ownNode = source.ownNode();
  const context = problemContext(nowMs, monitor, ownNode);
  const passes = createFilter(query, context, monitor);
  const slice = new TimeSlice(slices);
  const page = DEVICE_ORDER.begin(query, context);
  let total = 0;
  for (const tailnet of source.tailnets()) {
    for (const facts of devicesOf(tailnet, (key) => source.leftOutOf(key))) {
      if (slice.isOver) await slice.next();
      if (!passes(facts)) continue;
      total++;
      page.add(facts.key, facts);
    }
  }
  const { elements, next } = page.end();
  return textsOf(total, next, elements.map((facts) => deviceRow(facts, nowMs, monitor, ownNode)));
}

function* textsOf(
  total: number,
  next: string | null,
  rows: readonly unknown[],
): Generator<string> {
  yield `{"total":${total},"next":${toJson(next)},"devices":[`;
  let separator = "";
  for (const row of rows) {
    yield separator + toJson(row);
    separator = ",";
  }
  yield "]}\n";
}

/** A filter of all parameters; different ones must all pass, of one parameter any value. */
function createFilter(
  query: Query,
  context: ProblemContext,
  monitor: Monitored | undefined,
): (facts: DeviceFacts) => boolean {
  const classOf = ({ device }: DeviceFacts) =>
    monitor?.classify(device) ?? { type: OTHER_TYPE, isCritical: false };
  const checks: ((facts: DeviceFacts) => boolean)[] = [];
  const add = (
    name: string,
    check: (facts: DeviceFacts, wanted: ReadonlySet<string>) => boolean,
  ) => {
    const wanted = new Set(query.all(name));
    if (wanted.size > 0) checks.push((facts) => check(facts, wanted));
  };
  add("online", ({ isOnline }, wanted) => wanted.has(String(isOnline)));
  add("metrics", ({ scrape }, wanted) => wanted.has(scrape.state));
  add("os", ({ device: { os } }, wanted) => os !== undefined && wanted.has(os));
  add("type", (facts, wanted) => wanted.has(classOf(facts).type));
  add("critical", (facts, wanted) => wanted.has(String(classOf(facts).isCritical)));
  add("owner", ({ device: { user } }, wanted) => user !== undefined && wanted.has(user));
  const tags = new Set(query.all("tag").map(tagKey));
  if (tags.size > 0) checks.push(({ device }) => device.tags.some((tag) => tags.has(tagKey(tag))));
  const search = query.one("q")?.toLowerCase();
  if (search !== undefined) checks.push(({ device }) => searchTexts(device).some(has(search)));
  add(
    "problem",
    (facts, wanted) =>
      problemsOf(facts, context).some(({ kind, severity }) =>
        wanted.has("any") || wanted.has(severity) || wanted.has(kind)
      ),
  );
  return (facts) => checks.every((check) => check(facts));
}

function has(search: string): (text: string | undefined) => boolean {
  return (text) => text?.toLowerCase().includes(search) === true;
}

function searchTexts(device: DeviceFacts["device"]): readonly (string | undefined)[] {
  return [device.name, device.hostname, device.user, ...device.addresses, ...device.tags];
}

/** "1.9.3-t1" → "1.009.003", so that texts sort as versions do. */
function sortableVersion(version: string): string {
  return shortVersion(version).replace(/\d+/g, (digits) => digits.padStart(4, "0"));
}
