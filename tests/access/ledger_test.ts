import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Ledger, type Usage } from "../../src/access/ledger.ts";
import { type AccessRecord, statusClass } from "../../src/access/record.ts";
import type { UserClass } from "../../src/access/visitor.ts";
import { makeSpentSlice } from "../_support/time_slice.ts";
import { AT_MS, makeRecord } from "./_record.ts";

const HOUR_MS = 3_600_000;

function brief(usage: Usage) {
  const { requests, bytes, statuses, userClasses, users, devices, endpoints, services, hours } =
    usage;
  const tables = [statuses, userClasses, users, devices, endpoints, services];
  return { requests, bytes, tables: tables.map((counts) => counts.top(100)), hours };
}

Deno.test("Ledger.add() takes late lines, and refuses what is too old or ahead of the clock", () => {
  const ledger = new Ledger({ retentionMs: 2 * HOUR_MS, now: () => AT_MS });
  for (
    const [atMs, isTaken] of [
      [AT_MS, true],
      [AT_MS - 2 * HOUR_MS, true],
      [AT_MS - 2 * HOUR_MS - 1, false],
      [AT_MS + 24 * HOUR_MS, true],
      [AT_MS + 24 * HOUR_MS + 1, false],
    ] as const
  ) assertEquals(ledger.add(makeRecord({ atMs })), isTaken);
  assertEquals(ledger.usage(0).requests, 3);
});

Deno.test("Ledger forgets what is older than it keeps", () => {
  let nowMs = AT_MS;
  const ledger = new Ledger({ retentionMs: 2 * HOUR_MS, now: () => nowMs, maxRecords: 3 });
  for (let at = 0; at < 5; at++) ledger.add(makeRecord({ atMs: AT_MS + at, path: `/${at}` }));
  assertEquals(ledger.records(0).map(({ path }) => path), ["/4", "/3", "/2"]);
  nowMs += HOUR_MS;
  ledger.add(makeRecord({ atMs: nowMs, path: "/5" }));
  nowMs += 1.5 * HOUR_MS;
  assertEquals(ledger.records(0).map(({ path }) => path), ["/5"]);
  ledger.prune();
  // Of the hour in which the oldest kept moment lies, all requests are counted.
  assertEquals([ledger.recordCount, ledger.usage(0).requests], [1, 6]);
  // The next ones take the places of the oldest again.
  for (let at = 6; at < 10; at++) ledger.add(makeRecord({ atMs: nowMs + at, path: `/${at}` }));
  assertEquals(ledger.records(0).map(({ path }) => path), ["/9", "/8", "/7"]);
});

Deno.test("Ledger.usage() equals a slow computation over the same log", () => {
  const record = fc.record({
    hours: fc.integer({ min: -30, max: 0 }),
    status: fc.constantFrom(0, 200, 204, 301, 404, 500),
    bytes: fc.constantFrom(undefined, 0, 7, 100),
    endpoint: fc.constantFrom("/a", "/b", "/c"),
    service: fc.constantFrom("shop", "wiki"),
    visitor: fc.constantFrom<AccessRecord["visitor"]>(
      { userClass: "own", user: "a", device: "a1" },
      { userClass: "own", user: "a", device: "a2" },
      { userClass: "shared", user: "b", device: "b1" },
      { userClass: "tagged", user: undefined, device: "t1" },
      { userClass: "external", user: undefined, device: undefined },
    ),
  }).map(({ hours, ...fields }) => makeRecord({ ...fields, atMs: AT_MS + hours * HOUR_MS }));
  fc.assert(fc.property(fc.array(record, { maxLength: 60 }), fc.nat(40), (records, back) => {
    const ledger = new Ledger({ retentionMs: 24 * HOUR_MS, now: () => AT_MS });
    for (const each of records) ledger.add(each);
    const fromMs = Math.max(AT_MS - back * HOUR_MS, AT_MS - 24 * HOUR_MS);
    const kept = records.filter(({ atMs }) => atMs >= fromMs);
    const table = (nameOf: (one: AccessRecord) => string | undefined) => {
      const names = kept.map(nameOf).filter((name) => name !== undefined);
      return [...new Set(names)]
        .map((name) => [name, names.filter((one) => one === name).length] as const)
        .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    };
    assertEquals(brief(ledger.usage(AT_MS - back * HOUR_MS)), {
      requests: kept.length,
      bytes: kept.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
      tables: [
        table(({ status }) => statusClass(status)),
        table(({ visitor }) => visitor.userClass),
        table(({ visitor }) => visitor.user),
        table(({ visitor }) => visitor.device),
        table(({ endpoint }) => endpoint),
        table(({ service }) => service),
      ],
      hours: [...new Set(kept.map(({ atMs }) => atMs))].sort((a, b) => a - b)
        .map((atMs) => [atMs, kept.filter((one) => one.atMs === atMs).length] as const),
    });
  }));
});

Deno.test("Ledger.distinct() counts users and devices up to now, each once", () => {
  const ledger = new Ledger({ retentionMs: 48 * HOUR_MS, now: () => AT_MS });
  const visit = (user: string | undefined, device: string, hours: number) =>
    ledger.add(makeRecord({
      atMs: AT_MS + hours * HOUR_MS,
      visitor: { userClass: "own", user, device },
    }));
  visit("a", "laptop", 0);
  visit("a", "phone", -1);
  visit(undefined, "web-1", -2);
  visit("b", "laptop", -12);
  visit("old", "old", -13);
  // A clock that is ahead.
  visit("ahead", "ahead", 2);
  assertEquals(ledger.distinct(AT_MS - 12 * HOUR_MS), { users: 2, devices: 3 });
  assertEquals(ledger.distinct(AT_MS), { users: 1, devices: 1 });
});

Deno.test("Ledger bounds the room of names in all hours together, and gets it back", () => {
  let nowMs = AT_MS;
  const ledger = new Ledger({ retentionMs: 24 * HOUR_MS, now: () => nowMs, maxUnits: 10_000 });
  const fill = () => {
    for (let hour = 0; hour < 24; hour++) {
      for (let at = 0; at < 10; at++) {
        const service = `${hour} ${at} `.padEnd(500, "x");
        ledger.add(makeRecord({ atMs: nowMs - hour * HOUR_MS, service }));
      }
    }
    return ledger.usage(0).services;
  };
  const services = fill();
  // 10,000 units have room for 17 of them, and the other names of some hours.
  assertEquals([services.total, services.size <= 17, services.size > 10], [240, true, true]);
  nowMs += 25 * HOUR_MS;
  ledger.prune();
  assertEquals(fill().size, services.size);
});

Deno.test("Ledger.sharedUsers() names external users for as long as requests are counted", async () => {
  let nowMs = AT_MS;
  const ledger = new Ledger({ retentionMs: 24 * HOUR_MS, now: () => nowMs, maxRecords: 2 });
  const visit = (userClass: UserClass, user: string | undefined) =>
    ledger.add(makeRecord({ atMs: nowMs, visitor: { userClass, user, device: "d" } }));
  visit("shared", "x@example.com");
  visit("shared", undefined);
  nowMs += HOUR_MS;
  visit("shared", "y@example.com");
  visit("shared", "x@example.com");
  // These take the places of all requests above.
  for (let at = 0; at < 5; at++) visit("own", "a@example.com");
  let turns = 0;
  const users = async () =>
    [...await ledger.sharedUsers(makeSpentSlice(() => void turns++))].sort();
  assertEquals(await users(), ["x@example.com", "y@example.com"]);
  assertEquals(turns, 2);
  nowMs += 25 * HOUR_MS;
  assertEquals(await users(), []);
});
