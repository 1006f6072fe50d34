import { assertEquals, assertStringIncludes } from "@std/assert";
import { ApiError } from "../../src/errors.ts";
import { DEVICE_METRICS } from "../../src/collectors/_device_metric.ts";
import { DeviceCollector } from "../../src/collectors/device_collector.ts";
import { CircuitBreaker } from "../../src/control/circuit_breaker.ts";
import type { Device, DeviceList, RejectedDevice } from "../../src/control/device.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { makeDevice, makeFullDevice, makeInventory } from "../devices/_device.ts";
import { assertGolden, KeptLog, pageText } from "./_golden.ts";
import { devicesOf, makeSliced } from "./_sliced.ts";

const NEVER = new AbortController().signal;

function makeCollector() {
  const clock = new FakeClock();
  const log = new KeptLog();
  const calls: string[] = [];
  let answer: readonly Device[] | Error = [];
  let rejected: readonly RejectedDevice[] = [];
  const listDevices = () =>
    answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ devices: answer, rejected });
  const collector = new DeviceCollector({
    ...makeInventory(listDevices, clock),
    observer: {
      apiAnswered: (facts) => void calls.push(`answered ${facts.devices.length}`),
      apiFailed: (error) => calls.push(`failed ${error.failure}`),
    },
    log,
  });
  async function cycle(
    next: readonly Device[] | Error,
    nextRejected: readonly RejectedDevice[] = [],
  ): Promise<string> {
    answer = next;
    rejected = nextRejected;
    await collector.collect(NEVER);
    return pageText(collector.section);
  }
  return { clock, log, calls, collector, cycle };
}

Deno.test("DeviceCollector shows all that the API says, and nothing that it does not", async () => {
  const { collector, cycle } = makeCollector();
  await cycle([
    makeFullDevice(),
    // What headscale sends, of a device that is offline.
    makeDevice({ id: "2", name: "node-b", lastSeenSeconds: 1_769_000_000, authorized: true }),
    makeDevice({ id: "9223372036854775807", name: 'odd "näme"\\\n' }),
    makeFullDevice({
      id: "4",
      name: "exit-1.tail0001.ts.net",
      connectedToControl: false,
      keyExpiryDisabled: true,
      tailnetLockError: "node key is not signed",
      advertisedRoutes: ["0.0.0.0/0", "::/0"],
      enabledRoutes: ["0.0.0.0/0", "::/0"],
      connectivity: undefined,
      multipleConnections: undefined,
      serialNumberCount: 0,
    }),
    makeFullDevice({
      id: "5",
      name: "leaf-1.tail0001.ts.net",
      advertisedRoutes: [],
      enabledRoutes: ["10.1.0.0/16", "10.1.0.0/16"],
      connectivity: {
        endpointCount: undefined,
        mappingVariesByDestIp: undefined,
        regions: [
          { name: 'Reg"ion', isPreferred: false },
          { name: 'Reg"ion', isPreferred: true },
        ],
        latenciesMs: [0.25, 7],
        supports: new Map(),
      },
    }),
  ]);
  assertGolden("device.prom", collector.section);
});

Deno.test("DeviceCollector has every metric of the reference", () => {
  const wanted = [
    "tailscale_device_count{}",
    "tailscale_device_info{device_id, device_name, online, os, version}",
    "tailscale_device_authorized{device_id, device_name}",
    "tailscale_device_last_seen_timestamp{device_id, device_name}",
    "tailscale_device_user{device_id, device_name, user_email}",
    "tailscale_device_machine_key_expiry{device_id, device_name}",
    "tailscale_device_update_available{device_id, device_name}",
    "tailscale_device_created_timestamp{device_id, device_name}",
    "tailscale_device_external{device_id, device_name}",
    "tailscale_device_blocks_incoming_connections{device_id, device_name}",
    "tailscale_device_ephemeral{device_id, device_name}",
    "tailscale_device_multiple_connections{device_id, device_name}",
    "tailscale_device_tailnet_lock_error{device_id, device_name}",
    "tailscale_device_routes_advertised{device_id, device_name, route}",
    "tailscale_device_routes_enabled{device_id, device_name, route}",
    "tailscale_device_exit_node{device_id, device_name}",
    "tailscale_device_subnet_router{device_id, device_name}",
    "tailscale_device_latency_ms{device_id, device_name, derp_region, preferred}",
    "tailscale_device_endpoints_total{device_id, device_name}",
    "tailscale_device_client_supports{device_id, device_name, feature}",
    "tailscale_device_posture_serial_numbers_total{device_id, device_name}",
    // Ours besides.
    ...["online", "exit_node_option"].map((n) => `tailscale_device_${n}{device_id, device_name}`),
    "tailscale_device_routes_primary{device_id, device_name, route}",
  ];
  const offered = DEVICE_METRICS.map(({ name, labels }) => `${name}{${labels.join(", ")}}`);
  assertEquals(offered.toSorted(), wanted.toSorted());
  assertEquals(new Set(DEVICE_METRICS.map((metric) => metric.type)), new Set(["gauge"]));
});

Deno.test("DeviceCollector drops a device that left in the same cycle", async () => {
  const { cycle } = makeCollector();
  await cycle([makeDevice({ id: "1" }), makeDevice({ id: "2" })]);
  const page = await cycle([makeDevice({ id: "2" })]);
  assertEquals(page.includes('device_id="1"'), false);
  assertStringIncludes(page, 'tailscale_device_online{device_id="2"');
  assertStringIncludes(page, "tailscale_device_count 1\n");
});

Deno.test("DeviceCollector shows changes and leaves alone what did not change", async () => {
  const { collector, cycle } = makeCollector();
  await cycle([makeFullDevice()]);
  const { generation } = collector.section;
  await cycle([makeFullDevice()]);
  assertEquals(collector.section.generation, generation);
  const page = await cycle([makeFullDevice({ clientVersion: "1.104.0" })]);
  assertEquals(collector.section.generation, generation + 1);
  assertStringIncludes(page, 'version="1.104.0"');
  assertEquals(page.includes("1.102.3"), false);
});

Deno.test("DeviceCollector counts an empty tailnet as 0", async () => {
  const { cycle } = makeCollector();
  assertEquals(
    await cycle([]),
    "# HELP tailscale_device_count Number of devices in the tailnet that pass the filters.\n" +
      "# TYPE tailscale_device_count gauge\ntailscale_device_count 0\n",
  );
});

Deno.test("DeviceCollector shows its shard only, and the whole tailnet if it is asked to", async () => {
  const devices = Array.from({ length: 12 }, (_, at) => makeDevice({ id: String(at + 1) }));
  const pages: string[] = [];
  for (const showsCount of [true, false]) {
    const listDevices = () => Promise.resolve({ devices: devices.slice(), rejected: [] });
    const collector = new DeviceCollector({
      ...makeInventory(listDevices, { now: () => 0, shard: { index: 0, count: 2 } }),
      observer: { apiAnswered: () => {}, apiFailed: () => {} },
      log: new KeptLog(),
      showsCount,
    });
    await collector.collect(NEVER);
    devices.pop();
    await collector.collect(NEVER);
    devices.push(makeDevice({ id: "12" }));
    pages.push(pageText(collector.section));
  }
  const countOf = (page: string) => /^tailscale_device_count (.*)$/m.exec(page)?.[1];
  assertEquals(pages.map(countOf), ["11", undefined]);
  const idsOf = (page: string) =>
    [...page.matchAll(/^tailscale_device_online{device_id="(\d+)"/gm)].map(([, id]) => id);
  assertEquals(pages.map(idsOf), [["10"], ["10"]]);
});

Deno.test("DeviceCollector keeps facts through failures until they are stale", async () => {
  const { clock, calls, log, cycle } = makeCollector();
  const failure = new ApiError("server", "Cannot list devices: status 502, wanted 200");
  assertEquals(await cycle(failure), "");
  const page = await cycle([makeDevice()]);
  await clock.advance(300_000);
  assertEquals(await cycle(failure), page);
  await clock.advance(1);
  assertEquals(await cycle(failure), "");
  assertEquals(await cycle([makeDevice()]), page);
  assertEquals(calls, [
    "failed server",
    "answered 1",
    "failed server",
    "failed server",
    "answered 1",
  ]);
  const began =
    "warning Cannot refresh the device list: Cannot list devices: status 502, wanted 200";
  const ended = "info The Tailscale API answers again";
  assertEquals(log.take(), [began, ended, began, ended]);
});

Deno.test("DeviceCollector tells of entries that cannot be read once", async () => {
  const { log, cycle } = makeCollector();
  const rejected = [{ index: 2, reason: "Entry 2 has no id: wanted a string, got null" }];
  await cycle([makeDevice()], rejected);
  await cycle([makeDevice()], rejected);
  await cycle([makeDevice()]);
  assertEquals(log.take(), [
    "warning Cannot read 1 entry of the device list: Entry 2 has no id: wanted a string, got null",
    "info All entries of the device list can be read again",
  ]);
});

Deno.test("DeviceCollector waits for a slow API only until its patience ends", async () => {
  const clock = new FakeClock();
  const log = new KeptLog();
  const answers: PromiseWithResolvers<DeviceList>[] = [];
  const listDevices = () => {
    const answer = Promise.withResolvers<DeviceList>();
    answers.push(answer);
    return answer.promise;
  };
  const collector = new DeviceCollector({
    ...makeInventory(listDevices, clock),
    observer: { apiAnswered: () => {}, apiFailed: () => {} },
    log,
    patience: { ms: 10_000, delay: clock.delay },
  });
  let cycles = 0;
  const cycle = () => collector.collect(NEVER).then(() => cycles++);
  // Without facts there is nothing to go on with: the first cycle waits.
  const first = cycle();
  await clock.advance(60_000);
  assertEquals(cycles, 0);
  answers[0]?.resolve({ devices: [makeDevice({ id: "1" })], rejected: [] });
  await first;
  const second = cycle();
  await clock.advance(9_999);
  assertEquals(cycles, 1);
  await clock.advance(1);
  await second;
  // The call goes on; the next cycle joins it, and its answer shows when it comes.
  const third = cycle();
  assertEquals(answers.length, 2);
  answers[1]?.resolve({ devices: [makeDevice({ id: "2" })], rejected: [] });
  await third;
  assertStringIncludes(pageText(collector.section), 'device_id="2"');
  assertEquals(clock.waiting, 0);
  // A late failure is told by the log alone, and the next cycle asks anew.
  const fourth = cycle();
  await clock.advance(10_000);
  await fourth;
  answers[2]?.reject(new TypeError("defect"));
  await settle();
  const fifth = cycle();
  assertEquals(answers.length, 4);
  answers[3]?.reject(new ApiError("server", "down"));
  await fifth;
  assertEquals(log.take(), [
    "warning Cannot refresh the device list: defect",
    "warning Cannot refresh the device list: down",
  ]);
});

function makeCircuit() {
  const clock = new FakeClock();
  const log = new KeptLog();
  const told: string[] = [];
  const circuit = new CircuitBreaker({ intervalMs: 30_000, elapsed: clock.elapsed });
  let listDevices: () => Promise<DeviceList> = () => Promise.reject(new Error("not set"));
  const collector = new DeviceCollector({
    ...makeInventory(() => listDevices(), clock),
    observer: {
      apiAnswered: () => void told.push(`${clock.elapsed() - start} answered`),
      apiFailed: () => told.push(`${clock.elapsed() - start} failed`),
    },
    circuit,
    log,
  });
  const start = clock.elapsed();
  async function cycles(count: number, answer: () => Promise<DeviceList>): Promise<string> {
    listDevices = answer;
    for (let cycle = 0; cycle < count; cycle++) {
      await collector.collect(NEVER).catch(() => {});
      await clock.advance(30_000);
    }
    return pageText(collector.section);
  }
  return { clock, log, told, circuit, cycles };
}

Deno.test("DeviceCollector leaves an API alone that keeps failing, and keeps what it knows", async () => {
  const { told, log, circuit, cycles } = makeCircuit();
  const page = await cycles(1, () => Promise.resolve({ devices: [makeDevice()], rejected: [] }));
  const failure = new ApiError("server", "Cannot list devices: status 502, wanted 200");
  assertEquals(await cycles(8, () => Promise.reject(failure)), page);
  assertEquals(circuit.state, "open");
  assertEquals(told, [
    "0 answered",
    "30000 failed",
    "60000 failed",
    "90000 failed",
    "150000 failed",
  ]);
  // facts go when they are stale, without a call
  assertEquals(await cycles(3, () => Promise.reject(failure)), "");
  assertEquals(
    await cycles(8, () => Promise.resolve({ devices: [makeDevice()], rejected: [] })),
    page,
  );
  assertEquals(circuit.state, "closed");
  assertEquals(log.take().length, 2);
});

Deno.test("DeviceCollector does as Retry-After says after a first failure", async () => {
  const { told, cycles } = makeCircuit();
  const failure = new ApiError("rate_limited", "Cannot list devices: 429", {
    retryAfterMs: 100_000,
  });
  await cycles(5, () => Promise.reject(failure));
  assertEquals(told, ["0 failed", "120000 failed"]);
});

Deno.test("DeviceCollector does not leave a probe open that a defect ended", async () => {
  const { circuit, cycles } = makeCircuit();
  await cycles(3, () => Promise.reject(new ApiError("server", "Cannot list devices: 502")));
  await cycles(2, () => Promise.reject(new TypeError("a defect")));
  assertEquals(circuit.state, "open");
  await cycles(8, () => Promise.resolve({ devices: [makeDevice()], rejected: [] }));
  assertEquals(circuit.state, "closed");
});

Deno.test("DeviceCollector logs a refused credential as an error, once", async () => {
  const { cycle, log } = makeCollector();
  const dead = new ApiError("unauthorized", "answered 401; make a new one");
  for (let count = 0; count < 3; count++) await cycle(dead);
  assertEquals(log.take(), [
    "error Cannot refresh the device list: answered 401; make a new one",
  ]);
  await cycle(new ApiError("server", "answered 503"));
  await cycle([]);
  assertEquals(log.take(), [
    "warning Cannot refresh the device list: answered 503",
    "info The Tailscale API answers again",
  ]);
});

Deno.test("DeviceCollector renders in slices, and shows each device as old or new meanwhile", async () => {
  const { collector, fleet, shown } = makeSliced();
  const seen: string[] = [];
  fleet.pause = () => Promise.resolve(void seen.push(shown()));
  fleet.answer = devicesOf("linux", 5);
  await collector.collect(NEVER);
  assertEquals(seen.splice(0), [
    "1=linux 2=linux",
    "1=linux 2=linux 3=linux 4=linux 5=linux",
    "1=linux 2=linux 3=linux 4=linux 5=linux",
  ]);
  fleet.answer = devicesOf("macOS", 2);
  await collector.collect(NEVER);
  assertEquals(seen.splice(0), [
    "1=macOS 2=macOS 3=linux 4=linux 5=linux",
    "1=macOS 2=macOS 4=linux 5=linux",
  ]);
  assertEquals(shown(), "1=macOS 2=macOS");
  // Nothing is done twice: the end of a cycle finds the facts shown.
  await collector.collect(NEVER);
  assertEquals(seen.length, 1);
});

Deno.test("DeviceCollector renders once what two cycles wait for", async () => {
  const { collector, fleet, shown } = makeSliced(true);
  fleet.answer = devicesOf("linux", 5);
  await collector.collect(NEVER);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  fleet.answer = devicesOf("macOS", 5);
  fleet.pause = () => held;
  const cycles = [collector.collect(NEVER), collector.collect(NEVER)];
  await settle();
  assertEquals(shown(), "1=macOS 2=macOS 3=linux 4=linux 5=linux");
  const before = collector.section.generation;
  fleet.pause = () => Promise.resolve();
  release();
  await Promise.all(cycles);
  assertEquals(shown(), "1=macOS 2=macOS 3=macOS 4=macOS 5=macOS");
  assertEquals(collector.section.generation, before + 3);
});
