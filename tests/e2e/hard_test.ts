import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Answer, FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { Front } from "./_front.ts";
import { Program, type Settings } from "./_program.ts";
import { assertShown } from "./_real_page.ts";
import { assertRecovers } from "./_recovery.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { byteASecond, gzipBomb } from "./_swell.ts";
import { together } from "./_together.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

const MEGABYTE = 1e6;

/**
 * Half of what the bomb holds: 64 MiB of it are read, and what the last call left may be there
 * still.
 */
const MOST_MEMORY = 500 * MEGABYTE;

const DEVICES = ["first", "last"];

/** Cycles that a busy machine keeps up with. */
const UNHURRIED: Settings = { SCRAPE_INTERVAL: "3s" };

interface Fault {
  /** What is wrong with the API. */
  readonly name: string;
  /** Begins it. */
  readonly begin: (tailnet: FakeTailnet, front: Front) => void;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** What the one line of the log says. */
  readonly line: RegExp;
  /** Further settings. */
  readonly settings?: Settings;
}

function onDevices(answer: Answer): (tailnet: FakeTailnet) => void {
  return (tailnet) => tailnet.onDevices = answer;
}

/** Made once: it takes a second of this process, in which no fake answers. */
const BOMB = gzipBomb(" ", 1000);

const METADATA = "http://169.254.169.254/latest/meta-data/";

const FAULTS: readonly Fault[] = [
  {
    name: "a reset in the middle of a body",
    begin(_tailnet, front) {
      front.resets = / \/api\//;
      front.hangUp();
    },
    errorType: "network",
    line: /no answer from 127\.0\.0\.1:\d+: error reading a body from connection/,
  },
  {
    name: "one byte a second",
    begin: onDevices(() => new Response(byteASecond('{"devices":[]}'.padEnd(100)))),
    errorType: "timeout",
    line: /no whole answer from 127\.0\.0\.1:\d+ within 3 s/,
    settings: { API_TIMEOUT: "3s" },
  },
  {
    name: "a gzip bomb of a gigabyte",
    begin: onDevices(() => new Response(BOMB, { headers: { "content-encoding": "gzip" } })),
    errorType: "too_large",
    line: /wanted at most 1048576 bytes beside the devices, got more/,
  },
  {
    name: "a redirect loop",
    begin: onDevices((request) => Response.redirect(request.url, 302)),
    errorType: "status",
    line: /answered 302, a redirect to \\?"127\.0\.0\.1:\d+/,
  },
  {
    name: "a redirect to a metadata address",
    begin: onDevices(() => Response.redirect(METADATA, 307)),
    errorType: "status",
    line:
      /answered 307, a redirect to \\?"169\.254\.169\.254\\?"; credentials are never sent along/,
  },
];

/** Fails unless a device's numbers are those of its page. */
function assertNumbers(samples: Samples, name: string): void {
  assertShown(samples, { device_id: `id-of-${name}`, device_name: `${name}.fake.ts.net` });
}

async function showFault(fault: Fault): Promise<void> {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  await using front = new Front(tailnet.host);
  await using program = await Program.start({
    ...tailnet.settings,
    ...UNHURRIED,
    TAILSCALE_API_URL: `http://${front.host}/api/v2`,
    // whatever the API client asked but the front would come to the fake, which keeps it
    HTTP_PROXY: `http://${tailnet.host}`,
    NO_PROXY: "127.0.0.1",
    ...fault.settings,
  });
  const isWhole = async () => (await takeSamples(program)).sum("tsmetrics_device_up") === 2;
  await until("all pages", isWhole);
  await using watch = new Watch(program.origin, (samples) => {
    assertEquals(samples.sum("tailscale_device_count"), DEVICES.length);
    for (const name of DEVICES) assertNumbers(samples, name);
  });

  fault.begin(tailnet, front);
  const samples = await until("the circuit to open", async () => {
    const page = await takeSamples(program);
    return page.sum("tsmetrics_api_circuit_state", { state: "open" }) === 1 && page;
  });
  const counted = samples.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0);
  assertEquals(counted.map(({ labels }) => labels), [
    { target: "api", error_type: fault.errorType },
  ]);
  assert((counted[0]?.value ?? 0) >= 3);
  // but for the one about a timeout that is longer than the interval
  const lines = await program.untilLogged(/ (?:WARN|ERROR) (?!config )/);
  assertEquals(lines.length, 1, lines.join("\n"));
  assertMatch(lines[0] ?? "", fault.line);

  await assertRecovers(tailnet, {
    debug: () => program.text("/debug"),
    mend() {
      front.resets = undefined;
      tailnet.onDevices = undefined;
    },
    isUp: async () => (await takeSamples(program)).sum("tsmetrics_api_up") === 1,
  });
  const hosts = new Set(tailnet.seen.map(({ url }) => new URL(url).hostname));
  assertEquals([...hosts].sort(), ["100.64.0.1", "100.64.0.2", "127.0.0.1"]);
  assertEquals(watch.faults, []);
  assert(watch.count > 10, `${watch.count} scrapes`);
  const peakBytes = await program.peakBytes();
  assert(peakBytes < MOST_MEMORY, `${fault.name}: ${peakBytes / MEGABYTE} MB at most`);
  assertEquals((await program.stop()).code, 0);
}

Deno.test("Program survives an API that hurts, and asks again when it may", async () => {
  // two at once: one of them has bombs to unpack, and pages are read and judged all the time
  await together(FAULTS, async (fault) => {
    try {
      await showFault(fault);
    } catch (error) {
      throw new Error(fault.name, { cause: error });
    }
  }, 2);
});

Deno.test("Program asks an API that keeps failing less and less, once at a time", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  await using program = await Program.start(tailnet.settings);
  await until("all pages", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === DEVICES.length;
  });
  // each cycle asks the API, if at all, and then the devices: their requests count the cycles
  const calls: { readonly cycle: number; readonly atMs: number }[] = [];
  const release = Promise.withResolvers<void>();
  tailnet.onDevices = async () => {
    calls.push({ cycle: tailnet.tries("first"), atMs: performance.now() });
    if (calls.length === 4) await release.promise;
    return Response.json({ message: "no" }, { status: 403 });
  };
  const statesOf = async () =>
    (await takeSamples(program)).all("tsmetrics_api_circuit_state")
      .map(({ labels, value }) => [labels.state, value]);

  // the first call after a wait decides; while it is under way there is no other
  await until("the first probe", () => calls.length === 4);
  assertEquals(await statesOf(), [["closed", 0], ["open", 0], ["half_open", 1]]);
  release.resolve();
  await until("six calls", () => calls.length === 6);
  const gaps = calls.slice(1).map(({ cycle, atMs }, at) => ({
    cycles: cycle - (calls[at]?.cycle ?? 0),
    ms: Math.round(atMs - (calls[at]?.atMs ?? 0)),
  }));
  const said = JSON.stringify(gaps);
  const waits = [1, 1, 2, 4, 8];
  assertEquals(gaps.slice(0, 2).map(({ cycles }) => cycles), waits.slice(0, 2), said);
  for (const [at, wait] of waits.entries()) {
    const { cycles = NaN, ms = NaN } = gaps[at] ?? {};
    // a cycle that the machine starts too late makes a wait one cycle longer; one that it leaves
    // out makes it one cycle shorter, and no less time
    assert(cycles >= wait || (at > 1 && ms > 1_000 * wait - 500), said);
    assert(cycles <= wait + 1, said);
  }
  await until("the circuit to be open", async () => {
    return (await statesOf()).some(([state, value]) => state === "open" && value === 1);
  });
  assertEquals(await statesOf(), [["closed", 0], ["open", 1], ["half_open", 0]]);
  assertEquals((await takeSamples(program)).sum("tailscale_device_count"), DEVICES.length);
  assertEquals((await (await program.get("/livez")).json()).status, "ok");
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program leaves an API alone for as long as Retry-After asks, then probes once", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  await using program = await Program.start(tailnet.settings);
  await program.untilStarted();
  let isFirst = true;
  tailnet.seen.length = 0;
  tailnet.onDevices = () => {
    // the retries within the call end with a longer wait than a call takes upon itself
    const seconds = isFirst ? "1" : "61";
    isFirst = false;
    return new Response(null, { status: 503, headers: { "retry-after": seconds } });
  };
  const asked = () => tailnet.seen.filter(({ url }) => url.includes("/devices")).length;
  await until("the wait to be known", async () => {
    return (await takeSamples(program)).sum("tsmetrics_api_circuit_state", { state: "open" }) === 1;
  });
  assertEquals(asked(), 2);
  const { api } = await (await program.get("/debug")).json();
  const waitMs = Date.parse(api.next_try) - Date.now();
  // Its own backoff would be a second.
  assert(waitMs > 30_000 && waitMs <= 61_000, `${waitMs} ms`);
  assertEquals([api.circuit, api.failures], ["open", 1]);
  await using _watch = new Watch(program.origin);
  await until("three more cycles", async () => {
    const samples = await takeSamples(program);
    return (samples.sum("tsmetrics_collection_age_seconds") ?? 0) >= 4;
  });
  assertEquals(asked(), 2);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program renews a token that ends in the middle of a cycle", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  let cycle = 0;
  tailnet.onPage.set("last", () => {
    // after the list, before the end of the cycle; each token lives for one cycle
    cycle++;
    tailnet.endTokens();
    return new Response(REAL_PAGE, { headers: { "content-type": "text/plain" } });
  });
  await using program = await Program.start({ ...tailnet.settings, SCRAPE_INTERVAL: "2s" });
  await until("all pages", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === DEVICES.length;
  });
  await using watch = new Watch(program.origin, (samples) => {
    assertEquals(samples.sum("tsmetrics_api_up"), 1);
    for (const name of DEVICES) assertNumbers(samples, name);
  });
  await until("four cycles", () => cycle >= 5);
  const samples = await takeSamples(program);
  const refused = { endpoint: "devices", code: "401" };
  assert((samples.sum("tsmetrics_api_requests_total", refused) ?? 0) >= 3);
  assertEquals(samples.sum("tsmetrics_scrape_errors_total", { target: "api" }), 0);
  assertEquals(program.log.matching(/ (?:WARN|ERROR) (?!config )/), []);
  assertEquals(watch.faults, []);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program ends at once when it is asked to in the middle of a call of the API", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  tailnet.onDevices = tailnet.hang;
  const settings: Settings = { ...tailnet.settings, API_TIMEOUT: "1m" };
  await using program = await Program.start(settings);
  await until("the call", () => tailnet.seen.some(({ url }) => url.includes("/devices")));
  const startMs = performance.now();
  assertEquals((await program.stop()).code, 0);
  const tookMs = performance.now() - startMs;
  assert(tookMs < 20_000, `${tookMs} ms`);
});
