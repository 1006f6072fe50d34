import { assert, assertEquals } from "@std/assert";
import {
  conditionAt,
  type ConditionKey,
  keyExpiryMs,
  outagesOf,
} from "../../src/demo/device_condition.ts";
import type { Kind, Trait } from "../../src/demo/mod.ts";
import { SITES } from "../../src/demo/region.ts";
import { NOON_MS } from "./_answer.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function keyOf(kind: Kind, traits: readonly Trait[] = [], index = 3): ConditionKey {
  const [site] = SITES;
  if (site === undefined) throw new RangeError("Cannot place a device: there is no site");
  const originMs = NOON_MS - NOON_MS % DAY;
  return { seed: 1, index, kind, traits: new Set(traits), site, originMs, startMs: NOON_MS };
}

Deno.test("conditionAt() says the same for a whole stretch", () => {
  const key = keyOf("edge");
  for (let ms = NOON_MS; ms < NOON_MS + 6 * HOUR;) {
    const condition = conditionAt(key, ms);
    assert(condition.sinceMs <= ms && ms < condition.untilMs);
    assertEquals(conditionAt(key, condition.untilMs - 1), condition);
    assertEquals(conditionAt(key, condition.sinceMs), condition);
    ms = condition.untilMs;
  }
});

Deno.test("conditionAt() lets a device on a bad line go and come back", () => {
  const key = keyOf("edge");
  let changes = 0;
  let before: boolean | undefined;
  for (let ms = NOON_MS; ms < NOON_MS + HOUR; ms += 10_000) {
    const { isOnline, lastSeenMs, sinceMs } = conditionAt(key, ms);
    assertEquals(lastSeenMs === undefined, isOnline);
    if (lastSeenMs !== undefined) assert(lastSeenMs <= ms && lastSeenMs <= sinceMs);
    if (before !== undefined && before !== isOnline) changes++;
    before = isOnline;
  }
  assert(changes >= 6 && changes <= 20, `${changes} changes in an hour`);
});

Deno.test("conditionAt() leaves a steady device alone", () => {
  for (let ms = NOON_MS; ms < NOON_MS + 2 * DAY; ms += 60_000) {
    const { isOnline, home, warningCount } = conditionAt(keyOf("edge", ["steady"]), ms);
    assertEquals([isOnline, home.name, warningCount], [true, "Frankfurt", 0]);
  }
});

Deno.test("conditionAt() changes homes and warnings now and then", () => {
  const homes = new Map<string, number>();
  const warnings = new Map<number, number>();
  for (let ms = NOON_MS; ms < NOON_MS + 10 * DAY; ms += 60_000) {
    const { home, warningCount } = conditionAt(keyOf("subnet_router"), ms);
    homes.set(home.name, (homes.get(home.name) ?? 0) + 1);
    warnings.set(warningCount, (warnings.get(warningCount) ?? 0) + 1);
  }
  assertEquals([...homes.keys()].sort(), ["Frankfurt", "Nuremberg"]);
  assert((homes.get("Frankfurt") ?? 0) > 10 * (homes.get("Nuremberg") ?? 0));
  assertEquals([...warnings.keys()].sort(), [0, 1, 2]);
  assert((warnings.get(0) ?? 0) > 10 * (warnings.get(2) ?? 0));
});

Deno.test("conditionAt() keeps some traits offline for good", () => {
  const at = (trait: Trait) => conditionAt(keyOf("server", [trait]), NOON_MS);
  assertEquals([at("never_online").isOnline, at("never_online").lastSeenMs], [false, undefined]);
  const offline = at("offline");
  assertEquals(offline.isOnline, false);
  const hours = (NOON_MS - (offline.lastSeenMs ?? NaN)) / HOUR;
  assert(hours >= 3 && hours < 40, `${hours} h`);
  const expired = keyOf("server", ["key_expired"]);
  assertEquals(conditionAt(expired, NOON_MS).lastSeenMs, keyExpiryMs(expired));
});

Deno.test("keyExpiryMs() lies two days back, within three days, or weeks ahead", () => {
  const days = (trait?: Trait) =>
    (keyExpiryMs(keyOf("mac", trait === undefined ? [] : [trait])) - NOON_MS) / DAY;
  assert(days("key_expired") < -1 && days("key_expired") > -3, `${days("key_expired")}`);
  assert(days("key_expiring") > 2 && days("key_expiring") <= 3, `${days("key_expiring")}`);
  assert(days() > 18 && days() < 172, `${days()}`);
});

Deno.test("conditionAt() stages outages around the start and every 90 minutes after it", () => {
  const outages = (trait: Trait) =>
    outagesOf(keyOf("server", [trait]), NOON_MS - HOUR, NOON_MS + 3.9 * HOUR)
      .map(({ fromMs, untilMs = NaN }) => [(fromMs - NOON_MS) / 1000, (untilMs - NOON_MS) / 1000]);
  assertEquals(outages("back_at_start"), [
    [-420, -40],
    [1_800, 2_160],
    [7_200, 7_560],
    [12_600, 12_960],
  ]);
  assertEquals(outages("failing_at_start"), [[-100, 300], [3_600, 3_960], [9_000, 9_360]]);
  assertEquals(outages("offline_at_start").slice(0, 2), [[-540, 75], [5_400, 5_760]]);
});

Deno.test("outagesOf() tells the outages that conditionAt() has, each whole", () => {
  const cases: readonly (readonly [Kind, readonly Trait[]])[] = [
    ["edge", []],
    ["server", ["failing_at_start"]],
    ["windows", []],
    ["server", ["never_online"]],
    ["runner", []],
  ];
  for (const [kind, traits] of cases) {
    const key = keyOf(kind, traits);
    const [fromMs, untilMs] = [NOON_MS - 3 * DAY, NOON_MS];
    const outages = outagesOf(key, fromMs, untilMs);
    for (const [at, { untilMs = Infinity }] of outages.entries()) {
      assert(untilMs < (outages[at + 1]?.fromMs ?? Infinity) || untilMs === Infinity);
    }
    for (let ms = fromMs; ms <= untilMs; ms += 10_000) {
      const isOut = outages.some(({ fromMs, untilMs = Infinity }) => ms >= fromMs && ms < untilMs);
      assertEquals(isOut, !conditionAt(key, ms).isOnline, `${kind} ${traits} ${ms}`);
    }
  }
});

Deno.test("outagesOf() begins an outage without end where the API says so", () => {
  for (const trait of ["offline", "key_expired", "never_online"] as const) {
    const key = keyOf("server", [trait]);
    const fromMs = conditionAt(key, NOON_MS).lastSeenMs ?? -Infinity;
    assertEquals(outagesOf(key, NOON_MS - 3 * DAY, NOON_MS), [{ fromMs, untilMs: undefined }]);
  }
});
