import { assertEquals } from "@std/assert";
import {
  answerLive,
  answerPrometheusHealthy,
  answerPrometheusReady,
  answerReady,
  answerStarted,
} from "../../src/http/probe.ts";

async function both(
  answer: (isGood: boolean, whyNot: () => undefined) => Response,
): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  for (const isGood of [true, false]) {
    const response = answer(isGood, () => undefined);
    seen.push(response.status, (await response.text()).replace(/\s+/g, " ").trim());
  }
  return seen;
}

Deno.test("answerLive(), answerReady() and answerStarted() say it in JSON", async () => {
  assertEquals(await both(answerLive), [
    200,
    '{ "status": "ok" }',
    503,
    '{ "status": "unhealthy" }',
  ]);
  assertEquals(await both(answerReady), [
    200,
    '{ "status": "ready" }',
    503,
    '{ "status": "not ready" }',
  ]);
  assertEquals(await both(answerStarted), [
    200,
    '{ "status": "started" }',
    503,
    '{ "status": "not started" }',
  ]);
});

Deno.test("answerReady() and answerPrometheusReady() say why the page is not ready", async () => {
  const reason = "The Tailscale API cannot be reached.";
  assertEquals(await answerReady(false, () => reason).json(), { status: "not ready", reason });
  assertEquals(
    await answerPrometheusReady(false, () => reason).text(),
    `tsmetrics is not ready.\n${reason}\n`,
  );
  assertEquals(await answerReady(true, () => reason).json(), { status: "ready" });
});

Deno.test("answerPrometheusHealthy() and answerPrometheusReady() say it in text", async () => {
  assertEquals(await both(answerPrometheusHealthy), [
    200,
    "tsmetrics is healthy.",
    503,
    "tsmetrics is not healthy.",
  ]);
  assertEquals(await both(answerPrometheusReady), [
    200,
    "tsmetrics is ready.",
    503,
    "tsmetrics is not ready.",
  ]);
});
