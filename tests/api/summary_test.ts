import { assertEquals } from "@std/assert";
import { summarize, SUMMARY } from "../../src/api/summary.ts";
import type { Known } from "../../src/api/known.ts";
import { ApiError } from "../../src/errors.ts";
import { PENDING } from "../../src/facts/mod.ts";
import { makeFacts, makeHost, makeKnownFacts, makeTailnet, NOW_MS } from "./_fake_known.ts";
import { assertValid } from "./_schema_check.ts";

// deno-lint-ignore no-explicit-any
async function summary(known: Known): Promise<any> {
  const value = await summarize(known);
  assertValid(SUMMARY, value);
  return value;
}

Deno.test("summarize() counts devices and names what is wrong, the worst first", async () => {
  const offline = Array.from(
    { length: 7 },
    (_, at) =>
      makeFacts({ id: `${at}`, name: `web-${at}`, tags: ["tag:web"] }, {
        isOnline: false,
        scrape: { ...PENDING, state: "offline" },
      }),
  );
  const locked = makeFacts({ id: "9", name: "db", tailnetLockError: "not signed" });
  const { access, devices, metrics, problems, time } = await summary(
    makeKnownFacts([...offline, locked]),
  );
  assertEquals(access, false);
  assertEquals([time, devices], [
    "2026-01-31T12:00:00Z",
    { total: 8, online: 1, offline: 7 },
  ]);
  assertEquals([metrics.up, metrics.offline, metrics.down], [1, 7, 0]);
  assertEquals(
    problems.map(({ count, kind, severity }: Record<string, unknown>) => [kind, severity, count]),
    [["lock_error", "critical", 1], ["node_offline", "warning", 7]],
  );
  assertEquals(problems[1].devices.length, 5);
  assertEquals(problems[0].devices, [{ id: "9", name: "db" }]);
});

Deno.test("summarize() puts a source that does not answer first", async () => {
  const error = new ApiError("unauthorized", "The API answered 401");
  const api = { answers: false, sinceMs: 0, atMs: NOW_MS, lastListMs: 0, error };
  const told = async (known: Partial<Known>) => {
    const { problems } = await summary(makeKnownFacts([], known));
    return problems.map(({ kind, title }: Record<string, unknown>) => `${kind}: ${title}`);
  };
  assertEquals(await told({ tailnets: () => [makeTailnet([], { api })] }), [
    "api_down: The API does not answer",
  ]);
  assertEquals(await told({ tailnets: () => [makeTailnet([], { api, isFresh: false })] }), [
    "api_down: No recent device list",
  ]);
  assertEquals(await told({ tailnets: () => [makeTailnet([], { isFresh: false })] }), [
    "list_stale: The device list is old",
  ]);
  assertEquals(await told({ host: () => makeHost({ answers: false }) }), [
    "tailscaled_down: tailscaled does not answer",
  ]);
  assertEquals(await told({ host: () => makeHost({ backend: "NeedsLogin" }) }), [
    "tailscaled_down: tailscaled is NeedsLogin",
  ]);
  assertEquals(await told({ host: () => makeHost() }), []);
});
