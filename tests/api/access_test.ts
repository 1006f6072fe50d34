import { assertEquals } from "@std/assert";
import type { AnalyticsViews } from "../../src/access/mod.ts";
import { Ledger } from "../../src/access/ledger.ts";
import { quotaOf } from "../../src/access/quota.ts";
import {
  ACCESS,
  ACCESS_QUOTA,
  ACCESS_REQUESTS,
  accessJson,
  accessRequests,
  quotaJson,
} from "../../src/api/access.ts";
import { API_ROUTES } from "../../src/api/route_table.ts";
import { makeRecord } from "../access/_record.ts";
import { fakeIntake } from "../http/_fake_views.ts";
import { makeQuery, makeSource, NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

const HOUR_MS = 3_600_000;

function makeViews(): AnalyticsViews {
  const ledger = new Ledger({ retentionMs: 90 * 24 * HOUR_MS, now: () => NOW_MS });
  for (let at = 0; at < 3; at++) ledger.add(makeRecord({ atMs: NOW_MS - at * HOUR_MS }));
  ledger.add(makeRecord({
    atMs: NOW_MS - 2 * HOUR_MS,
    service: "wiki",
    status: 404,
    bytes: undefined,
    seconds: undefined,
    path: undefined,
    query: undefined,
    agent: undefined,
    visitor: { userClass: "external", user: undefined, device: undefined },
  }));
  ledger.add(makeRecord({ atMs: NOW_MS - 48 * HOUR_MS }));
  return {
    access: { ledger, metrics: { linesOf: (outcome) => outcome === "dropped" ? 7 : 0 } },
    quota: () => Promise.resolve(quotaOf([], 3)),
    devices: () => [],
    openIntake: (service) => fakeIntake([], service),
  };
}

const views = makeViews();
const source = makeSource([], { analytics: () => views });

// deno-lint-ignore no-explicit-any
type Json = any;

Deno.test("accessJson() sums up what was used, within days", async () => {
  const whole: Json = await accessJson(source, makeQuery({}));
  assertValid(ACCESS, whole);
  assertEquals(
    [
      whole.days,
      whole.total_requests,
      whole.unique_users,
      whole.recent.length,
      whole.lines.dropped,
    ],
    [7, 5, 1, 5, 7],
  );
  assertEquals(whole.services, [{ name: "shop", requests: 4 }, { name: "wiki", requests: 1 }]);
  const day: Json = await accessJson(source, makeQuery({ days: "1", top: "1" }));
  assertValid(ACCESS, day);
  assertEquals(day.services, [{ name: "shop", requests: 3 }, { name: "(other)", requests: 1 }]);
  assertEquals(day.hours.map(({ requests }: Json) => requests), [2, 1, 1]);
});

Deno.test("accessRequests() lists requests that pass all filters, newest first", () => {
  for (
    const [params, total, shown] of [
      [{}, 4, 4],
      [{ hours: "72" }, 5, 5],
      [{ limit: "1" }, 4, 1],
      [{ user: "a@example.com" }, 3, 3],
      [{ user: "b@example.com" }, 0, 0],
      [{ device: "laptop", service: "shop" }, 3, 3],
      [{ device: "laptop", service: "wiki" }, 0, 0],
      [{ user_class: "external" }, 1, 1],
    ] as const
  ) {
    const list: Json = accessRequests(source, makeQuery(params));
    assertValid(ACCESS_REQUESTS, list);
    assertEquals([list.total_requests, list.access_logs.length], [total, shown]);
  }
});

Deno.test("quotaJson() tells a quota", () => {
  const shared = { userClass: "shared", device: "phone" } as const;
  const visitors = ["b", "a", "b"].map((user) => ({ ...shared, user }));
  const quota = quotaJson(quotaOf(visitors, 1));
  assertValid(ACCESS_QUOTA, quota);
  assertEquals(quota, {
    external_users: 2,
    limit: 1,
    available: 0,
    exceeded: true,
    users: ["a", "b"],
  });
});

Deno.test("API_ROUTES shows nothing of access where it is off, and says that it may", async () => {
  const routes = API_ROUTES.filter(({ path }) => path.startsWith("/api/v1/access"));
  assertEquals(routes.length, 3);
  for (const { answer, isOptional, schema } of routes) {
    assertEquals([await answer(makeSource([]), makeQuery({})), isOptional], [undefined, true]);
    const made = await answer(source, makeQuery({}));
    assertValid(schema, JSON.parse([...made as Iterable<string>].join("")));
  }
});
