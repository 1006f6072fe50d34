import { PeersCollector, type PeersCollectorOptions } from "../../src/collectors/peers.ts";
import type { LocalStatus } from "../../src/tailscale/local/mod.ts";
import { decodeDerpMap } from "../../src/tailscale/local/derp_map.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import { assertGolden, KeptLog, pageText } from "./_golden.ts";
import { fakeLocal, recordedStatus } from "./_local.ts";

const NEVER = new AbortController().signal;

/** 21 November 2026, 04:30: a few minutes after the fixtures were recorded. */
const START_MS = Date.UTC(2026, 10, 21, 4, 30);

function makeCollector(options: Partial<PeersCollectorOptions> = {}) {
  const clock = new FakeClock(START_MS);
  const log = new KeptLog();
  const told: (string | undefined)[] = [];
  let answer: LocalStatus | Error = new Error("no answer was set");
  const collector = new PeersCollector({
    local: fakeLocal({
      status: () => answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
      derpMap: () => Promise.resolve(decodeDerpMap(fixtureText("localapi/derpmap.json"))),
    }),
    findDevice: () => undefined,
    intervalMs: 30_000,
    now: clock.now,
    elapsed: clock.elapsed,
    log,
    onStatus: (status) => told.push(status?.backendState),
    pause: () => Promise.resolve(),
    ...options,
  });
  async function cycle(next: LocalStatus | Error | Promise<LocalStatus>): Promise<string> {
    answer = next instanceof Error ? next : await next;
    await collector.collect(NEVER);
    return pageText(collector.section);
  }
  return { clock, log, told, collector, cycle };
}

Deno.test("PeersCollector shows a recorded status, and what an interval later has changed", async () => {
  const { clock, collector, cycle } = makeCollector({
    findDevice: (nodeId) => nodeId === "2" ? { id: "8231" } : undefined,
  });
  await cycle(recordedStatus("status"));
  await clock.advance(30_000);
  await cycle(recordedStatus("status-derp"));
  assertGolden("peers.prom", collector.section);
});
