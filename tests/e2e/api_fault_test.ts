import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readText } from "../_support/text_reader.ts";
import { type Answer, FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { cutOff, floodOf, html } from "./_fault.ts";
import { Program, type Settings } from "./_program.ts";
import { takeSamples } from "./_samples.ts";
import { together } from "./_together.ts";
import { until } from "../_support/until.ts";

const MEGABYTE = 1e6;

/**
 * The largest body that is taken is 64 MiB; its bytes and its text wait for the next collection.
 */
const MOST_MEMORY = 600 * MEGABYTE;

interface Fault {
  /** What is wrong. */
  readonly name: string;
  /** Begins it. */
  readonly begin: (tailnet: FakeTailnet) => void;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** Endpoint and status of the requests. */
  readonly request: { readonly endpoint: string; readonly code: string };
  /** What the one line of the log says. */
  readonly line: RegExp;
  /** Further settings. */
  readonly settings?: Settings;
}

/** A fault of the device list. */
function onDevices(answer: Answer): (tailnet: FakeTailnet) => void {
  return (tailnet) => tailnet.onDevices = answer;
}

const FAULTS: readonly Fault[] = [
  {
    name: "a wrong secret",
    begin(tailnet) {
      tailnet.endTokens();
      tailnet.onToken = () => Response.json({ message: "API token invalid" }, { status: 401 });
    },
    errorType: "unauthorized",
    request: { endpoint: "oauth_token", code: "401" },
    line: /answered 401 "API token invalid"; check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET/,
  },
  {
    name: "a missing scope",
    begin: onDevices(() =>
      Response.json({ message: "calling actor does not have enough permissions" }, { status: 403 })
    ),
    errorType: "forbidden",
    request: { endpoint: "devices", code: "403" },
    line: /answered 403 "calling actor .*"; give the credential the scope devices:core:read/,
  },
  {
    name: "a server without the API",
    begin: onDevices(() => Response.json({ message: "tailnet not found" }, { status: 404 })),
    errorType: "not_found",
    request: { endpoint: "devices", code: "404" },
    line: /answered 404 "tailnet not found"; the server has no Tailscale-compatible API there/,
  },
  {
    name: "too many requests",
    begin: onDevices(() =>
      Response.json({ message: "slow down" }, { status: 429, headers: { "retry-after": "1" } })
    ),
    errorType: "rate_limited",
    request: { endpoint: "devices", code: "429" },
    line: /answered 429 "slow down"; the API is asked too often, by this or by another program/,
  },
  {
    name: "a server in trouble",
    begin: onDevices(() => new Response("upstream connect error", { status: 503 })),
    errorType: "server",
    request: { endpoint: "devices", code: "503" },
    line: /answered 503 "upstream connect error"; the fault is the server's/,
  },
  {
    name: "no answer",
    begin: (tailnet) => tailnet.onDevices = tailnet.hang,
    errorType: "timeout",
    request: { endpoint: "devices", code: "timeout" },
    line: /no whole answer from 127\.0\.0\.1:\d+ within 5 s; check the network and HTTPS_PROXY/,
    settings: { API_TIMEOUT: "5s" },
  },
  {
    name: "a body that breaks off",
    begin: onDevices(() => new Response(cutOff(`{"devices":[${" ".repeat(2000)}]}`))),
    errorType: "network",
    request: { endpoint: "devices", code: "network" },
    line:
      /Cannot list the devices of tailnet "-": no answer from 127\.0\.0\.1:\d+: error reading a body/,
  },
  {
    name: "half a list",
    begin: onDevices(() => new Response('{"devices":[{"id":"1","name":')),
    errorType: "malformed",
    request: { endpoint: "devices", code: "200" },
    line: /Cannot read the device list/,
  },
  {
    name: "a web page",
    begin: onDevices(() => html()),
    errorType: "malformed",
    request: { endpoint: "devices", code: "200" },
    line: /<!doctype html><title>Log in/,
  },
  {
    name: "200 MB of brackets",
    begin: onDevices(() => new Response(floodOf('{"devices":[],', 200 * MEGABYTE))),
    errorType: "malformed",
    request: { endpoint: "devices", code: "200" },
    line: /wanted a JSON of sane shape/,
  },
  {
    name: "200 MB of blanks",
    begin: onDevices(() => new Response(floodOf(" ", 200 * MEGABYTE))),
    errorType: "too_large",
    request: { endpoint: "devices", code: "200" },
    line: /wanted at most 1048576 bytes beside the devices, got more; check TAILSCALE_API_URL/,
  },
];

/** Cycles that a busy machine keeps up with: what is late is late by its own fault. */
const UNHURRIED: Settings = { SCRAPE_INTERVAL: "3s" };

/** Lines about faults, but for the one about a timeout that is longer than the interval. */
const TROUBLE = / (?:WARN|ERROR) (?!config )/;

const DEVICES = ["first", "last"];

/** One fault from beginning to end, with its own API and its own program. */
async function showFault(fault: Fault): Promise<void> {
  const { errorType, request } = fault;
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  const settings = { ...tailnet.settings, ...UNHURRIED, ...fault.settings };
  await using program = await Program.start(settings);
  const isUp = (wanted: number) => async () =>
    (await takeSamples(program)).sum("tsmetrics_api_up") === wanted;
  await until("a first list", isUp(1));
  await until("all pages", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tsmetrics_device_up") === DEVICES.length;
  });

  fault.begin(tailnet);
  const samples = await until("three cycles", async () => {
    const page = await takeSamples(program);
    const labels = { target: "api", error_type: errorType };
    return (page.sum("tsmetrics_scrape_errors_total", labels) ?? 0) >= 3 && page;
  }, 90_000);

  // the right counters, and no other error
  const counted = samples.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0);
  assertEquals(counted.map(({ labels }) => labels), [{ target: "api", error_type: errorType }]);
  assert((samples.sum("tsmetrics_api_requests_total", request) ?? 0) >= 3);
  assertEquals(samples.sum("tsmetrics_api_up"), 0);

  // one clear line
  const lines = await program.untilLogged(TROUBLE);
  assertEquals(lines.length, 1, lines.join("\n"));
  // A credential that is refused does not mend itself.
  const level = errorType === "unauthorized" ? "ERROR" : "WARN";
  assertStringIncludes(lines[0] ?? "", ` ${level} api Cannot refresh the device list: `);
  assertMatch(lines[0] ?? "", fault.line);

  // nothing else is lost: what is known stays, and pages are read as before
  assertEquals(samples.sum("tailscale_device_count"), DEVICES.length);
  for (const name of DEVICES) {
    const labels = { device_id: `id-of-${name}`, device_name: `${name}.fake.ts.net` };
    assertEquals(samples.sum("tailscale_device_online", labels), 1);
    assertEquals(samples.sum("tsmetrics_device_up", labels), 1);
    for (const sample of readText(REAL_PAGE).flatMap((family) => family.samples)) {
      assertEquals(samples.sum(sample.name, { ...labels, ...sample.labels }), sample.value);
    }
  }
  const age = samples.sum("tsmetrics_collection_age_seconds") ?? 0;
  assert(age >= 6, `three intervals have passed, and the list is said to be ${age} s old`);
  const health = await program.get("/health");
  assertEquals(health.status, 200);
  const { status, api, devices_discovered } = await health.json();
  assertEquals({ status, api, devices_discovered }, {
    status: "degraded",
    api: "down",
    devices_discovered: DEVICES.length,
  });
  assertEquals((await (await program.get("/readyz")).json()).status, "ready");

  // it ends, and one line says so
  tailnet.onDevices = undefined;
  tailnet.onToken = undefined;
  await until("the API to be up", isUp(1));
  const endings = await program.untilLogged(/ INFO api The Tailscale API answers again$/);
  assertEquals(endings.length, 1);
  assertEquals(program.log.matching(TROUBLE).length, 1);
  const peakBytes = await program.peakBytes();
  assert(peakBytes < MOST_MEMORY, `${peakBytes / MEGABYTE} MB at most`);
  assertEquals((await program.stop()).code, 0);
}

Deno.test("Program says once what is wrong with the API, and keeps what it knows", async () => {
  await together(FAULTS, async (fault) => {
    try {
      await showFault(fault);
    } catch (error) {
      throw new Error(fault.name, { cause: error });
    }
  });
});

Deno.test("Program waits as long as Retry-After asks for", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  tailnet.onDevices = () => new Response(null, { status: 429, headers: { "retry-after": "2" } });
  await using program = await Program.start(tailnet.settings);
  const asked = () => tailnet.seen.filter(({ url }) => url.includes("/devices")).slice(0, 3);
  await until("three requests", () => asked().length === 3);
  const [first, second, third] = asked().map(({ atMs }) => atMs);
  const waitsMs = [(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)];
  for (const waitedMs of waitsMs) assert(waitedMs >= 1950, `${waitedMs} ms between tries`);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program shows nothing but itself while nothing is known", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  tailnet.onDevices = () => Response.json({ message: "tailnet not found" }, { status: 404 });
  await using program = await Program.start(tailnet.settings);
  const samples = await until("a cycle", async () => {
    const page = await takeSamples(program);
    return page.sum("tsmetrics_api_up") === 0 && page;
  });
  const strangers = samples.families.map(({ name }) => name)
    .filter((name) => !/^(?:tsmetrics|process)_/.test(name));
  assertEquals(strangers, []);
  assertEquals(samples.all("tsmetrics_device_up"), []);
  assertEquals(samples.all("tsmetrics_last_scrape_timestamp_seconds"), []);
  assertEquals(samples.all("tsmetrics_collection_age_seconds"), []);
  const health = await program.get("/health");
  assertEquals([health.status, (await health.json()).status], [503, "unhealthy"]);
  for (const [path, code] of [["/readyz", 503], ["/-/ready", 503], ["/livez", 200]] as const) {
    const response = await program.get(path);
    await response.body?.cancel();
    assertEquals(response.status, code, path);
  }

  tailnet.onDevices = undefined;
  await until("health", async () => {
    const response = await program.get("/health");
    await response.body?.cancel();
    return response.status === 200;
  });
  // The list makes it healthy, and is on the page a moment later.
  await until("the devices", async () => {
    return (await takeSamples(program)).sum("tailscale_device_count") === DEVICES.length;
  });
  assertEquals((await program.stop()).code, 0);
});

Deno.test("Program drops a device in the cycle in which it left", async () => {
  const devices = ["stays", "leaves"];
  await using tailnet = new FakeTailnet({ devices });
  await using program = await Program.start({ ...tailnet.settings, SCRAPE_INTERVAL: "3s" });
  await until(
    "all pages",
    async () => (await takeSamples(program)).sum("tsmetrics_device_up") === 2,
  );
  const lists = () => tailnet.seen.filter(({ url }) => url.includes("/devices")).length;
  devices.pop();
  const before = lists();
  await until("the next list", () => lists() > before);
  // no cycle after that one gets a list
  tailnet.onDevices = tailnet.hang;
  const samples = await until("the page of that list", async () => {
    const page = await takeSamples(program);
    return page.sum("tailscale_device_count") === 1 && page;
  });
  assertEquals(samples.all("tailscale_device_online").length, 1);
  // its own page goes in the same cycle, a moment later
  await until("the end of that cycle", async () => {
    const text = await program.text("/metrics");
    assert(text.includes('tsmetrics_device_up{device_id="id-of-stays"'));
    return !text.includes("id-of-leaves");
  });
});
