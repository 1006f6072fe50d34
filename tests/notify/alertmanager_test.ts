import { assertEquals } from "@std/assert";
import type { Alert } from "../../src/alerts/mod.ts";
import { postableAlerts } from "../../src/notify/alertmanager.ts";
import { makeAlert, NOON_MS } from "./_alert.ts";

Deno.test("postableAlerts() writes an alert as Alertmanager takes it", () => {
  assertEquals(postableAlerts([makeAlert()], NOON_MS + 60_000), [{
    labels: {
      alertname: "TsmetricsNodeOffline",
      severity: "warning",
      device_id: "1",
      device_name: "web-1.example.com",
    },
    annotations: {
      summary: "web-1 is offline",
      description:
        "Check that the machine runs and that tailscaled is up: run `tailscale status` on it.",
    },
    startsAt: "2026-02-01T12:00:00.000Z",
    endsAt: "2026-02-01T12:06:00.000Z",
  }]);
});

Deno.test("postableAlerts() sends an end for a while, and nothing pending or silenced", () => {
  const ended = makeAlert({ state: "resolved", resolvedMs: NOON_MS + 1_000 });
  const ends = (nowMs: number) => postableAlerts([ended], nowMs).map(({ endsAt }) => endsAt);
  assertEquals(ends(NOON_MS + 601_000), ["2026-02-01T12:00:01.000Z"]);
  assertEquals(ends(NOON_MS + 601_001), []);
  const pending = makeAlert({ state: "pending", firedMs: undefined });
  const silenced = makeAlert({ silencedSinceMs: NOON_MS, silencedUntilMs: NOON_MS + 1 });
  assertEquals(postableAlerts([pending, silenced], NOON_MS), []);
});

Deno.test("postableAlerts() sends of an alert that fires again that it fires, not its last end", () => {
  const firedMs = NOON_MS + 120_000;
  const again = makeAlert({ firedMs });
  const ended = makeAlert({ state: "resolved", resolvedMs: NOON_MS + 60_000 });
  const startsOf = (alerts: readonly Alert[]) =>
    postableAlerts(alerts, firedMs).map(({ startsAt }) => startsAt);
  assertEquals(startsOf([again, ended]), ["2026-02-01T12:02:00.000Z"]);
  // A silenced alert that fires is not told to have ended.
  assertEquals(startsOf([{ ...again, silencedSinceMs: firedMs }, ended]), []);
});

Deno.test("postableAlerts() sends on what was sent before it was silenced, and its end", () => {
  const silenced = makeAlert({ silencedSinceMs: NOON_MS + 1, silencedUntilMs: NOON_MS + 9_000 });
  const ends = (alert: Alert) =>
    postableAlerts([alert], NOON_MS + 3_000).map(({ endsAt }) => endsAt);
  assertEquals(ends(silenced), ["2026-02-01T12:05:03.000Z"]);
  const ended = { ...silenced, state: "resolved", resolvedMs: NOON_MS + 2_000 } as const;
  assertEquals(ends(ended), ["2026-02-01T12:00:02.000Z"]);
});
