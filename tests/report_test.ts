import { assertEquals } from "@std/assert";
import { reportDevice } from "../src/report.ts";
import { exporterDevice } from "./collectors/_fleet.ts";

Deno.test("reportDevice() tells a device's state, and what of its page is left out", () => {
  const cuts = [{ family: "up", reason: "reserved", samples: 2 }] as const;
  const report = reportDevice({
    device: exporterDevice("7"),
    isOnline: true,
    state: "up",
    reason: undefined,
    failure: undefined,
    url: "http://100.64.0.7:5252/metrics",
    cuts,
    failingSinceMs: undefined,
    lastSuccessMs: 5,
    nextTryMs: undefined,
  });
  assertEquals(report, {
    id: "7",
    name: "node-7.tail0001.ts.net",
    isOnline: true,
    scrape: {
      state: "up",
      reason: undefined,
      url: "http://100.64.0.7:5252/metrics",
      lastSuccessMs: 5,
      nextTryMs: undefined,
    },
    leftOut: cuts,
  });
});
