import { assertEquals } from "@std/assert";
import { ONLINE, onlineJson } from "../../src/api/online.ts";
import { makeMonitor, makeQuery, makeSource, NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("onlineJson() tells the hours of a history", async () => {
  const windows: number[] = [];
  const monitor = makeMonitor([]);
  monitor.history.onlineHours = (windowMs) => {
    windows.push(windowMs);
    return Promise.resolve([{ fromMs: NOW_MS - 3_600_000, nodes: 3, online: 2.3333 }]);
  };
  const source = makeSource([], { monitor: () => monitor });
  const value = await onlineJson(source, makeQuery({ days: "7" }));
  assertValid(ONLINE, value);
  assertEquals(value, { hours: [{ time: "2026-01-31T11:00:00Z", nodes: 3, online: 2.33 }] });
  assertEquals(windows, [7 * 86_400_000]);
});

Deno.test("onlineJson() is empty where nothing is remembered", async () => {
  assertEquals(await onlineJson(makeSource([]), makeQuery()), { hours: [] });
});
