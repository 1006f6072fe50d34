import { assert, assertEquals } from "@std/assert";
import { type Backfill, backfill, type BackfillOptions } from "../../src/monitor/backfill.ts";
import { createDeviceKey, type KnownDevice } from "../../src/facts/mod.ts";
import { createClassifier, type DevicePast, type Past } from "../../src/history/mod.ts";
import { decodeDevices } from "../_support/decode_devices.ts";
import { fleetAtNoon, NOON_MS as DEMO_NOON_MS } from "../demo/_answer.ts";
import { known, NOON_MS, snapshot } from "../facts/_snapshot.ts";

const MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;

const OPTIONS: BackfillOptions = {
  classify: createClassifier({ types: [], critical: ["git"] }),
  includesPersonal: false,
  offlineMs: 2 * MINUTE_MS,
  reportMs: HOUR_MS,
};

function makePast(fields: Partial<DevicePast>): DevicePast {
  return {
    id: "1",
    name: "git.example.com",
    joinedMs: 0,
    leftMs: undefined,
    outages: [],
    unreadable: undefined,
    lockErrorMs: undefined,
    routesMs: undefined,
    updateMs: undefined,
    ...fields,
  };
}

/** The past of the last hour before noon. */
function fill(devices: readonly KnownDevice[], pasts: readonly DevicePast[]): Promise<Backfill> {
  const past: Past = { fromMs: NOON_MS - HOUR_MS, apiOutages: [], devices: () => pasts };
  return backfill(past, snapshot(devices), OPTIONS);
}

function toldBy({ events }: Backfill): readonly unknown[] {
  return events.map(({ atMs, message, severity }) => [
    (NOON_MS - atMs) / MINUTE_MS,
    severity,
    message,
  ]);
}

Deno.test("backfill() words the past as the present is worded", async () => {
  const at = (minutes: number) => NOON_MS - minutes * MINUTE_MS;
  const git = known({
    id: "1",
    name: "git.example.com",
    advertisedRoutes: ["10.0.0.0/8"],
    enabledRoutes: [],
  });
  const filled = await fill([git], [
    makePast({
      outages: [{ fromMs: at(50), untilMs: at(40) }],
      routesMs: at(9),
      unreadable: { sinceMs: at(30), reason: "No answer" },
      updateMs: at(70),
    }),
    makePast({ id: "2", name: "runner.example.com", joinedMs: at(19), leftMs: at(15) }),
  ]);
  assertEquals(toldBy(filled), [
    [60, "ok", "1 of 1 nodes online; critical: 1 of 1 online"],
    [50, "critical", "git is offline"],
    [48, "critical", "Alert critical_node_offline: git is offline"],
    [40, "ok", "git is online"],
    [39, "ok", "Resolved critical_node_offline: git is offline"],
    [30, "warning", "git has unreadable metrics: No answer"],
    [20, "warning", "Alert unreadable: git has unreadable metrics: No answer"],
    [19, "ok", "runner joined the tailnet"],
    [15, "warning", "runner left the tailnet"],
    [9, "ok", "git offers 10.0.0.0/8"],
    [0, "ok", "1 of 1 nodes online; critical: 1 of 1 online"],
  ]);
  assertEquals(filled.alerts.map(({ rule, state }) => `${rule} ${state}`), [
    "critical_node_offline resolved",
    "unreadable firing",
    "routes_unapproved pending",
  ]);
  assertEquals(filled.days[0]?.keys, ["example.com/1"]);
});

Deno.test("backfill() ends as the device list says, whatever the past does", async () => {
  const device = known({ id: "1", name: "a.example.com" });
  const outages = [{ fromMs: NOON_MS - 30 * MINUTE_MS, untilMs: undefined }];
  const messages = async (isOnline: boolean, past: Partial<DevicePast>) =>
    (await fill([{ ...device, isOnline }], [makePast(past)])).events
      .filter(({ type }) => type.startsWith("node_"))
      .map(({ atMs, message }) => [(NOON_MS - atMs) / MINUTE_MS, message]);
  assertEquals(await messages(false, { outages }), [[30, "a is offline"]]);
  assertEquals(await messages(true, { outages }), [[30, "a is offline"], [0, "a is online"]]);
  assertEquals(await messages(false, {}), [[0, "a is offline"]]);
});

Deno.test("backfill() lets no device on a bad line push out all else", async () => {
  const outages = Array.from({ length: 1_000 }, (_, at) => ({
    fromMs: NOON_MS - (2_000 - 2 * at) * 1000,
    untilMs: NOON_MS - (1_999 - 2 * at) * 1000,
  }));
  const { events } = await fill([known({ id: "1" })], [makePast({ outages })]);
  assertEquals(events.filter(({ type }) => type === "node_offline").length, 100);
});

Deno.test("backfill() makes a past of the demo that joins up with its present", async () => {
  const tailnet = fleetAtNoon(40);
  const keyOf = createDeviceKey("-");
  const { devices } = decodeDevices(new TextDecoder().decode(tailnet.apiList()));
  const list = devices.map((device): KnownDevice => ({
    key: keyOf(device.id),
    device,
    isOnline: device.connectedToControl === true,
  }));
  const facts = snapshot(list, { tailnet: "-", atMs: DEMO_NOON_MS });
  const past = tailnet.past(DEMO_NOON_MS - 30 * DAY_MS, DEMO_NOON_MS);
  const { alerts, days, events } = await backfill(past, facts, OPTIONS);
  assert(events.length > 2_000 && events.length < 8_000, `${events.length}`);
  for (const [at, { atMs }] of events.entries()) {
    assert(atMs >= past.fromMs && atMs <= DEMO_NOON_MS && atMs >= (events[at - 1]?.atMs ?? 0));
  }
  let offlineCount = 0;
  for (const { device: { connectedToControl, lastSeenSeconds, name }, key } of list) {
    const last = events.findLast(({ node, type }) =>
      node?.key === key && (type === "node_offline" || type === "node_online")
    );
    if (connectedToControl === true) assert(last?.type !== "node_offline", name);
    else if (lastSeenSeconds !== undefined) {
      offlineCount++;
      assertEquals(last?.type, "node_offline", name);
      // The API tells whole seconds.
      assertEquals(Math.floor((last?.atMs ?? 0) / 1000), lastSeenSeconds, name);
    }
  }
  assert(offlineCount >= 4, `${offlineCount}`);
  assertEquals(days.length, 31);
  const states = new Set(alerts.map(({ state }) => state));
  assertEquals([...states].sort(), ["firing", "pending", "resolved"]);
});

Deno.test("backfill() reports by the hour, however often reports are made", async () => {
  const fromMs = NOON_MS - 30 * DAY_MS;
  const past: Past = { fromMs, apiOutages: [], devices: () => [makePast({})] };
  const options = { ...OPTIONS, reportMs: 10_000 };
  const { events } = await backfill(past, snapshot([known({ id: "1" })]), options);
  assertEquals(events.filter(({ type }) => type === "health_check").length, 30 * 24 + 1);
});
