import { assertEquals } from "@std/assert";
import { pastAlerts, pastRelayAlert } from "../../src/alerts/past_alerts.ts";
import type { Device } from "../../src/control/mod.ts";
import { createClassifier, type DevicePast } from "../../src/history/mod.ts";
import { known, NOON_MS, snapshot } from "../facts/_snapshot.ts";

const MINUTE_MS = 60_000, DAY_S = 86_400, NOON_S = NOON_MS / 1000;

const OPTIONS = {
  classify: createClassifier({ types: [], critical: ["git"] }),
  includesPersonal: false,
  offlineMs: 2 * MINUTE_MS,
};

/** The alerts as rule and state with minutes before noon: since, fired, over since, resolved. */
function told(
  past: Partial<DevicePast>,
  fields: Partial<Device> = {},
  isOnline = true,
): readonly unknown[] {
  const device = known({ name: "a.example.com", os: "linux", ...fields }, isOnline);
  const whole: DevicePast = {
    id: device.device.id,
    name: device.device.name,
    joinedMs: 0,
    leftMs: undefined,
    outages: [],
    unreadable: undefined,
    lockErrorMs: undefined,
    routesMs: undefined,
    updateMs: undefined,
    ...past,
  };
  const minutes = (ms: number | undefined) => ms && (NOON_MS - ms) / MINUTE_MS;
  return [...pastAlerts(device, whole, snapshot([device]), OPTIONS)].map((entry) => [
    `${entry.rule} ${entry.state}`,
    ...[entry.sinceMs, entry.firedMs, entry.clearSinceMs, entry.resolvedMs].map(minutes),
  ]);
}

/** An outage by minutes before noon. */
function outage(from: number, until?: number) {
  const untilMs = until === undefined ? undefined : NOON_MS - until * MINUTE_MS;
  return { outages: [{ fromMs: NOON_MS - from * MINUTE_MS, untilMs }] };
}

Deno.test("pastAlerts() tells how far the alert of an outage has come", () => {
  const cases: readonly (readonly [ReturnType<typeof told>, readonly unknown[]])[] = [
    [told(outage(60, 50)), [["node_offline resolved", 60, 58, 50, 49]]],
    [told(outage(60, 59)), []],
    [told(outage(60, 58)), []],
    [told(outage(9, 0.5)), [["node_offline firing", 9, 7, 0.5, undefined]]],
    [told(outage(9), {}, false), [["node_offline firing", 9, 7, undefined, undefined]]],
    [told(outage(1), {}, false), [["node_offline pending", 1, undefined, undefined, undefined]]],
    [told(outage(60, 50), { name: "git" }), [["critical_node_offline resolved", 60, 58, 50, 49]]],
    [told(outage(60, 50), { os: "iOS" }), []],
    [told({ outages: [{ fromMs: -Infinity, untilMs: undefined }] }, {}, false), []],
  ];
  for (const [found, wanted] of cases) assertEquals(found, wanted);
});

Deno.test("pastAlerts() tells since when something else is wrong", () => {
  const sinceMs = NOON_MS - 20 * MINUTE_MS;
  const firing = (rule: string, since: number, fired: number) => [
    [`${rule} firing`, since, fired, undefined, undefined],
  ];
  assertEquals(
    told({ lockErrorMs: sinceMs }, { tailnetLockError: "x" }),
    firing("lock_error", 20, 15),
  );
  assertEquals(told({ unreadable: { sinceMs, reason: "x" } }), firing("unreadable", 20, 10));
  assertEquals(
    told({ routesMs: sinceMs }, { advertisedRoutes: ["10.0.0.0/8"], enabledRoutes: [] }),
    firing("routes_unapproved", 20, 5),
  );
  assertEquals(
    told({}, { expiresSeconds: NOON_S + 13 * DAY_S }),
    firing("key_expiring", 1440, 1440),
  );
  assertEquals(told({}, { expiresSeconds: NOON_S - DAY_S }), firing("key_expired", 1440, 1440));
  // What the past does not know begins with the first look.
  assertEquals(told({}, { tailnetLockError: "x" }), []);
  assertEquals(told({ lockErrorMs: sinceMs, routesMs: sinceMs }), []);
});

Deno.test("pastRelayAlert() tells of a server that is reached over a relay", () => {
  const sinceMs = NOON_MS - 20 * MINUTE_MS;
  const told = (fields: Partial<Device>) => {
    const device = known({ name: "a.example.com", ...fields });
    return [...pastRelayAlert(device, sinceMs, "h", snapshot([device]), OPTIONS)].map(
      ({ firedMs = NaN, id, scope, state }) => [id, scope, state, (NOON_MS - firedMs) / MINUTE_MS],
    );
  };
  const { key } = known();
  assertEquals(told({ os: "linux" }), [[`on_relay h ${key}`, "host h", "firing", 5]]);
  assertEquals(told({ os: "iOS" }), []);
});
