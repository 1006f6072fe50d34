import { assertEquals } from "@std/assert";
import {
  describeHealth,
  type HealthPoint,
  measureHealth,
  severityOfHealth,
} from "../../src/history/node_health.ts";
import type { Device } from "../../src/control/device.ts";
import { createClassifier } from "../../src/history/node_class.ts";
import { known } from "../facts/_snapshot.ts";

const POINT: HealthPoint = {
  atMs: 1,
  nodes: 3,
  online: 3,
  critical: 2,
  criticalOnline: 2,
  missed: 0,
};

Deno.test("measureHealth() counts nodes and critical nodes", () => {
  const classify = createClassifier({ types: [], critical: ["git"] });
  const nodes = [known({ name: "git" }, false), known({ name: "a" }), known({ name: "b" }, false)];
  assertEquals(measureHealth(nodes, classify, 7), {
    atMs: 7,
    nodes: 3,
    online: 1,
    critical: 1,
    criticalOnline: 0,
    missed: 2,
  });
});

Deno.test("measureHealth() misses what alerts would name: no laptop, and nothing abandoned", () => {
  const classify = createClassifier({ types: [], critical: ["boss"] });
  const nowMs = 1_000 * 86_400_000;
  const seen = (days: number) => ({ lastSeenSeconds: nowMs / 1000 - days * 86_400 });
  const missedOf = (fields: Partial<Device>, includesPersonal = false) =>
    measureHealth([known(fields, false)], classify, nowMs, { includesPersonal }).missed;
  assertEquals(missedOf({ os: "linux", ...seen(1) }), 1);
  assertEquals(missedOf({ os: "linux", ...seen(31) }), 0);
  assertEquals(missedOf({ os: "iOS", ...seen(1) }), 0);
  assertEquals(missedOf({ os: "iOS", ...seen(1) }, true), 1);
  assertEquals(missedOf({ os: "macOS", name: "boss", ...seen(1) }), 1);
  assertEquals(missedOf({ os: "windows", tags: ["tag:nas"], ...seen(1) }), 1);
});

Deno.test("severityOfHealth() and describeHealth() tell a point in words", () => {
  const cases = [
    [POINT, "ok", "3 of 3 nodes online; critical: 2 of 2 online"],
    [{ ...POINT, online: 2 }, "ok", "2 of 3 nodes online; critical: 2 of 2 online"],
    [{ ...POINT, online: 2, missed: 1 }, "warning", "2 of 3 nodes online; critical: 2 of 2 online"],
    [
      { ...POINT, online: 2, criticalOnline: 1, missed: 1 },
      "critical",
      "2 of 3 nodes online; critical: 1 of 2 online",
    ],
    [{ ...POINT, critical: 0, criticalOnline: 0 }, "ok", "3 of 3 nodes online"],
  ] as const;
  for (const [point, severity, text] of cases) {
    assertEquals([severityOfHealth(point), describeHealth(point)], [severity, text]);
  }
});
