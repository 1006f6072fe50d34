import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Machine } from "../../src/demo/machine.ts";
import type { DeviceSpec } from "../../src/demo/mod.ts";
import { readText } from "../_support/text_reader.ts";
import { NOON_MS } from "./_answer.ts";

const DAY = 86_400_000;

function makeMachine(spec: Partial<DeviceSpec> = {}, seed = 1): Machine {
  return new Machine({
    seed,
    index: 5,
    spec: { name: "gateway-1", kind: "subnet_router", traits: ["steady"], ...spec },
    originMs: NOON_MS - NOON_MS % DAY,
    startMs: NOON_MS,
    templates: new Map(),
  });
}

function textOf(machine: Machine, nowMs: number): string {
  return new TextDecoder().decode(machine.page(nowMs));
}

Deno.test("Machine.page() is the golden page for a router with all families", async () => {
  const machine = makeMachine({ traits: ["steady", "peer_relay", "services"] });
  const golden = new URL("../_golden/demo_page.prom", import.meta.url);
  assertEquals(textOf(machine, NOON_MS), await Deno.readTextFile(golden));
});

Deno.test("Machine.page() lets counters grow and never fall", () => {
  for (const kind of ["server", "edge", "windows"] as const) {
    const machine = makeMachine({ kind, traits: ["peer_relay", "services"] });
    let before = new Map<string, number>();
    let grown = 0;
    for (let ms = NOON_MS; ms < NOON_MS + DAY; ms += 617_000) {
      const now = new Map<string, number>();
      for (const { name, type, samples } of readText(textOf(machine, ms))) {
        if (type !== "counter") continue;
        for (const { labels, value } of samples) now.set(name + JSON.stringify(labels), value);
      }
      for (const [series, value] of now) {
        const old = before.get(series) ?? 0;
        assert(value >= old, `${series} of ${kind}: ${value} after ${old}`);
        if (value > old) grown++;
      }
      before = now;
    }
    assert(grown > 1000, `${grown} rises of ${kind}`);
  }
});

Deno.test("Machine.page() moves at its kind's rate", () => {
  const bytesIn = (machine: Machine, ms: number) =>
    readText(textOf(machine, ms)).find(({ name }) => name === "tailscaled_inbound_bytes_total")
      ?.samples.reduce((sum, { value }) => sum + value, 0) ?? NaN;
  const rate = (kind: DeviceSpec["kind"]) => {
    const machine = makeMachine({ kind });
    return (bytesIn(machine, NOON_MS + DAY) - bytesIn(machine, NOON_MS)) / 86_400;
  };
  assert(rate("subnet_router") > 100_000 && rate("subnet_router") < 600_000);
  assert(rate("edge") > 200 && rate("edge") < 1_300);
});

Deno.test("Machine.page() depends on seed and clock alone", () => {
  const page = (seed: number, ms: number) => textOf(makeMachine({}, seed), ms);
  assertEquals(page(1, NOON_MS), page(1, NOON_MS));
  assert(page(1, NOON_MS) !== page(2, NOON_MS));
  assert(page(1, NOON_MS) !== page(1, NOON_MS + 1000));
  const machine = makeMachine();
  textOf(machine, NOON_MS + DAY);
  assertEquals(textOf(machine, NOON_MS), page(1, NOON_MS), "a clock that went back");
});

Deno.test("Machine.record() is the same array until something changes", () => {
  const machine = makeMachine({ kind: "server" });
  const first = machine.record(NOON_MS, "all");
  assertStrictEquals(machine.record(NOON_MS, "all"), first);
  assertStrictEquals(machine.record(machine.condition(NOON_MS).untilMs - 1, "all"), first);
  machine.rename("gateway-2");
  const renamed = new TextDecoder().decode(machine.record(NOON_MS, "all"));
  assert(renamed.includes('"name":"gateway-2.tail-demo.ts.net","hostname":"gateway-2"'), renamed);
  assert(machine.record(NOON_MS + 600_000, "all") !== first, "latencies are measured again");
});

Deno.test("Machine.force() beats the device's own luck until it is given back", () => {
  const machine = makeMachine({ kind: "server" });
  machine.force(false, NOON_MS);
  for (const ms of [NOON_MS, NOON_MS + DAY]) {
    const { isOnline, lastSeenMs } = machine.condition(ms);
    assertEquals([isOnline, lastSeenMs], [false, NOON_MS]);
  }
  machine.force(undefined, NOON_MS);
  assertEquals(machine.condition(NOON_MS).isOnline, true);
  const gone = makeMachine({ traits: ["offline"] });
  gone.force(true, NOON_MS);
  assertEquals(gone.condition(NOON_MS).isOnline, true);
  assertEquals(gone.condition(NOON_MS).lastSeenMs, undefined);
});

Deno.test("Machine.hasMetrics follows kind and traits", () => {
  assertEquals(makeMachine().hasMetrics, true);
  assertEquals(makeMachine({ kind: "ios" }).hasMetrics, false);
  assertEquals(makeMachine({ traits: ["no_metrics"] }).hasMetrics, false);
});

Deno.test("Machine.name takes a whole name as it is", () => {
  assertEquals(makeMachine().name, "gateway-1.tail-demo.ts.net");
  const whole = makeMachine({ name: "a.other.ts.net" });
  assertEquals([whole.name, whole.shortName], ["a.other.ts.net", "a"]);
});
