import { assertEquals } from "@std/assert";
import type { AnalyticsViews } from "../../src/access/mod.ts";
import { Ledger } from "../../src/access/ledger.ts";
import { quotaOf } from "../../src/access/quota.ts";
import { createAnalyticsAnswer } from "../../src/http/analytics.ts";
import { AT_MS, makeRecord } from "../access/_record.ts";
import { makeDevice } from "../devices/_device.ts";
import { fakeIntake } from "./_fake_views.ts";

const tagged = makeDevice({ id: "3", name: "web-1", tags: ["tag:web"] });

function makeViews(): AnalyticsViews {
  const ledger = new Ledger({ retentionMs: 90 * 86_400_000, now: () => AT_MS });
  for (let at = 0; at < 6; at++) ledger.add(makeRecord({ atMs: AT_MS - at * 3_600_000 }));
  ledger.add(makeRecord({
    atMs: AT_MS - 48 * 3_600_000,
    status: 404,
    bytes: undefined,
    seconds: undefined,
    query: undefined,
    agent: undefined,
    path: '/"<script>\u202e',
    endpoint: "(other)",
    visitor: { userClass: "external", user: undefined, device: undefined },
  }));
  const device = makeDevice({ id: "1", name: "laptop", tags: [], user: "a@example.com" });
  const shared = makeDevice({ id: "2", name: "phone", tags: [], isExternal: true, user: "x@y" });
  return {
    access: { ledger, metrics: { linesOf: () => 0 } },
    quota: () =>
      Promise.resolve(quotaOf([{ userClass: "shared", user: "x@y", device: "phone" }], 3)),
    openIntake: (service) => fakeIntake([], service),
    devices: () =>
      [device, shared, tagged].map((each) => ({ key: each.id, device: each, isOnline: true })),
  };
}

const answer = createAnalyticsAnswer({ views: makeViews(), now: () => AT_MS });

async function ask(path: string): Promise<{ readonly status: number; readonly json: Json }> {
  const response = await answer(new Request(`http://127.0.0.1${path}`));
  return { status: response.status, json: await response.json() };
}

// deno-lint-ignore no-explicit-any
type Json = any;

Deno.test("/analytics/devices lists devices by class", async () => {
  const { json, status } = await ask("/analytics/devices");
  assertEquals(status, 200);
  assertEquals(json.total, { own: 1, tagged: 1, shared: 1 });
  assertEquals(Object.keys(json), ["timestamp", "devices", "total"]);
  assertEquals(json.timestamp, "2026-02-01T12:00:00.000Z");
  assertEquals(json.devices[2], {
    id: "3",
    name: "web-1",
    class: "tagged",
    user: null,
    tags: ["tag:web"],
    os: tagged.os ?? null,
    addresses: tagged.addresses,
    online: true,
  });
  assertEquals(
    json.devices.map((one: Json) => [one.name, one.class, one.user, one.online]),
    [
      ["laptop", "own", "a@example.com", true],
      ["phone", "shared", "x@y", true],
      ["web-1", "tagged", null, true],
    ],
  );
});

Deno.test("/analytics/access-logs lists the last requests, the newest first", async () => {
  const { json } = await ask("/analytics/access-logs?hours=2&limit=1");
  assertEquals(json, {
    hours: 2,
    total_requests: 3,
    access_logs: [{
      time: "2026-02-01T12:00:00Z",
      user: "a@example.com",
      device: "laptop",
      user_class: "own",
      ip: "100.64.0.1",
      service: "shop",
      method: "GET",
      endpoint: "/a",
      path: "/a",
      query: "b=c",
      status: 200,
      bytes: 12,
      response_time: 0.005,
      user_agent: "curl/8.5.0",
    }],
  });
  const all = await ask("/analytics/access-logs?hours=72");
  assertEquals([all.json.total_requests, all.json.access_logs.length], [7, 7]);
  const { path, user, query, response_time } = all.json.access_logs[6];
  assertEquals([path, user, query, response_time], ['/"<script>\u202e', null, null, null]);
  assertEquals((await ask("/analytics/access-logs")).json.hours, 24);
});

Deno.test("/analytics answers escape what a terminal would obey", async () => {
  const response = await answer(new Request("http://127.0.0.1/analytics/access-logs?hours=72"));
  assertEquals((await response.text()).includes("\u202e"), false);
});

Deno.test("/analytics/dashboard-usage sums up what was used", async () => {
  const { json } = await ask("/analytics/dashboard-usage?days=7&top=1");
  assertEquals({ ...json, hours: json.hours.length, recent: json.recent.length }, {
    days: 7,
    total_requests: 7,
    total_bytes: 72,
    unique_users: 1,
    active_devices: 1,
    status_classes: { "2xx": 6, "4xx": 1 },
    user_classes: { own: 6, external: 1 },
    services: [{ name: "shop", requests: 7 }],
    top_endpoints: [{ name: "/a", requests: 6 }, { name: "(other)", requests: 1 }],
    top_users: [{ name: "a@example.com", requests: 6 }],
    top_devices: [{ name: "laptop", requests: 6 }],
    hours: 7,
    recent: 5,
  });
  assertEquals((await ask("/analytics/dashboard-usage?days=1")).json.total_requests, 6);
});

Deno.test("/analytics/quota-status tells external users against the quota", async () => {
  assertEquals((await ask("/analytics/quota-status")).json, {
    external_users: 1,
    limit: 3,
    available: 2,
    exceeded: false,
    users: ["x@y"],
  });
});

Deno.test("/analytics answers refuse what they do not know", async () => {
  const hours = "a whole number from 1 to 2160";
  for (
    const [path, parameter, value, allowed] of [
      ["access-logs?hours=0", "hours", "0", hours],
      ["access-logs?hours=x", "hours", "x", hours],
      ["access-logs?hours=1&hours=2", "hours", "2", "a single value"],
      ["dashboard-usage?days=91", "days", "91", "a whole number from 1 to 90"],
      ["dashboard-usage?hours=1", "hours", "1", "the parameters days, top"],
      ["quota-status?a=b", "a", "b", "no parameter"],
    ] as const
  ) {
    const error = `Bad parameter ${parameter}: got "${value}", want ${allowed}`;
    const json = { error, parameter, value, allowed };
    assertEquals(await ask(`/analytics/${path}`), { status: 400, json }, path);
  }
  const error = "no such path";
  assertEquals(await ask("/analytics/other"), { status: 404, json: { error } });
});

Deno.test("/analytics answers say that they are off", async () => {
  const off = createAnalyticsAnswer({ views: undefined });
  const response = await off(new Request("http://127.0.0.1/analytics/devices"));
  assertEquals(response.status, 404);
  const error = "access analytics is off: set ACCESS_LISTEN or ACCESS_INGEST";
  assertEquals(await response.json(), { error });
});
