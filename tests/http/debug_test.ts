import { assert, assertEquals } from "@std/assert";
import { createDebugAnswer, formatMemory } from "../../src/http/debug.ts";
import { PENDING } from "../../src/facts/device_scrape.ts";
import { Secret } from "../../src/secret/secret.ts";
import { makeDevice, makeKnown } from "../devices/_device.ts";
import { debugReport } from "./_fake_views.ts";

/** What is answered. */
async function debugJson(report: ReturnType<typeof debugReport>) {
  return await (await createDebugAnswer(() => report)()).json();
}

Deno.test("createDebugAnswer() has the documented fields, and every device with its state", async () => {
  assertEquals(await debugJson(debugReport()), {
    config: {
      use_tsnet: false,
      tsnet_mode: "embedded",
      tsnet_hostname: "tsmetrics",
      max_concurrent_scrapes: 10,
      client_metrics_timeout: "10s",
    },
    runtime: {
      go_version: "deno 2.9.6",
      num_goroutines: null,
      memory_usage: "45.2MB",
      memory_bytes: 45_210_000,
      deno_version: "2.9.6",
      uptime: "1m1s",
    },
    metrics: {
      devices_total: 1,
      devices_online: 1,
      scrape_errors: 0,
      last_api_call: "2025-01-07T21:29:30Z",
      samples: 36,
    },
    api: { circuit: "closed", failures: 0, next_try: null, error: null },
    cardinality: { relayed_series: 36, left_out_pages: 0, kept_labels: [], idle_patterns: [] },
    demo: false,
    devices: [{
      id: "n1",
      name: "gateway-1.example.ts.net",
      online: true,
      scrape: {
        state: "up",
        reason: null,
        failure: null,
        url: "http://100.64.0.1:5252/metrics",
        last_success: "2025-01-07T21:29:45Z",
        failing_since: null,
        next_try: null,
      },
      left_out: [],
    }],
  });
});

Deno.test("createDebugAnswer() names what of a page is left out, the labels that had to stay, and idle patterns", async () => {
  const [device] = [...debugReport().devices];
  const json = await debugJson(debugReport({
    cardinality: {
      relayedSeries: 2_000_000,
      leftOutPages: 1,
      keptLabels: [{ family: "tailscaled_inbound_bytes_total", label: "path" }],
      idlePatterns: [{ family: "*", label: "versoin" }],
    },
    devices: device === undefined ? [] : [{
      ...device,
      leftOut: [
        { family: "up", reason: "reserved", samples: 1 },
        { family: undefined, reason: "series_limit", samples: 36 },
      ],
    }],
  }));
  assertEquals(json.cardinality, {
    relayed_series: 2_000_000,
    left_out_pages: 1,
    kept_labels: ["tailscaled_inbound_bytes_total{path}"],
    idle_patterns: ["{versoin}"],
  });
  assertEquals((json.devices as { left_out: unknown }[])[0]?.left_out, [
    { family: "up", reason: "reserved", samples: 1 },
    { family: null, reason: "series_limit", samples: 36 },
  ]);
});

Deno.test("createDebugAnswer() tells when an API that fails is asked again, and why it fails", async () => {
  const json = await debugJson(debugReport({
    api: {
      circuit: "open",
      failures: 4,
      nextTryMs: Date.UTC(2025, 0, 7, 21, 35),
      error: "Cannot list the devices: no answer",
    },
  }));
  assertEquals(json.api, {
    circuit: "open",
    failures: 4,
    next_try: "2025-01-07T21:35:00Z",
    error: "Cannot list the devices: no answer",
  });
});

Deno.test("createDebugAnswer() says null for what is not known, and why a device is left out", async () => {
  const json = await debugJson(debugReport({
    metrics: {
      devicesTotal: undefined,
      devicesOnline: undefined,
      scrapeErrors: 3,
      lastApiCallMs: undefined,
      samples: 0,
    },
    devices: [{
      ...makeKnown(makeDevice({ id: "n2", name: "printer" }), false),
      scrape: {
        ...PENDING,
        state: "down",
        reason: "Nothing listens on port 5252",
        failingSinceMs: Date.UTC(2025, 0, 7, 21, 20),
        nextTryMs: 0,
      },
      leftOut: [],
    }],
  }));
  assertEquals(json["metrics"], {
    devices_total: null,
    devices_online: null,
    scrape_errors: 3,
    last_api_call: null,
    samples: 0,
  });
  assertEquals(json["devices"], [{
    id: "n2",
    name: "printer",
    online: false,
    scrape: {
      state: "down",
      reason: "Nothing listens on port 5252",
      failure: null,
      url: null,
      last_success: null,
      failing_since: "2025-01-07T21:20:00Z",
      next_try: "1970-01-01T00:00:00Z",
    },
    left_out: [],
  }]);
});

Deno.test("createDebugAnswer() makes a report once a second, however often it is asked for", async () => {
  let [nowMs, made] = [0, 0];
  const report = () => debugReport({ metrics: { ...debugReport().metrics, samples: ++made } });
  const answer = createDebugAnswer(report, { now: () => nowMs });
  const samples = async () => (await (await answer()).json()).metrics.samples;
  assertEquals([await samples(), await samples()], [1, 1]);
  nowMs = 999;
  assertEquals(await samples(), 1);
  nowMs = 1_000;
  assertEquals([await samples(), await samples()], [2, 2]);
});

Deno.test("createDebugAnswer() shows no secret, even where one was left in the settings", async () => {
  const config = { metrics_token: new Secret("canary-token-0123456789") };
  const text = await (await createDebugAnswer(() => debugReport({ config }))()).text();
  assertEquals(JSON.parse(text).config, { metrics_token: "[redacted]" });
});

Deno.test("createDebugAnswer() is JSON for people, and safe for their terminals", async () => {
  const response = await createDebugAnswer(() =>
    debugReport({ config: { a: "\u009b2J\u202e" } })
  )();
  assertEquals(response.headers.get("content-type"), "application/json");
  const text = await response.text();
  assertEquals(text.split("\n").slice(0, 3), ["{", '  "config": {', '    "a": "\\u009b2J\\u202e"']);
});

Deno.test("createDebugAnswer() writes each device as the platform would write the whole", async () => {
  const [device] = [...debugReport().devices];
  assert(device !== undefined);
  for (const count of [0, 1, 3]) {
    const report = debugReport({ devices: Array(count).fill(device) });
    const text = await (await createDebugAnswer(() => report)()).text();
    assertEquals(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    assertEquals(JSON.parse(text).devices.length, count);
  }
});

Deno.test("createDebugAnswer() makes a long report in slices, once for concurrent requests", async () => {
  let [nowMs, pauses, made] = [0, 0, 0];
  const pause = () => Promise.resolve(void pauses++);
  const devices = Array(40).fill([...debugReport().devices][0]);
  const report = () => {
    made++;
    return debugReport({ devices });
  };
  const slices = { elapsed: () => nowMs++, pause };
  const answer = createDebugAnswer(report, { now: () => 0, slices });
  for (const response of [answer(), answer()]) {
    assertEquals((await (await response).json()).devices.length, 40);
  }
  assertEquals([made, pauses], [1, 5]);
});

Deno.test("formatMemory() counts in millions of bytes", () => {
  assertEquals([0, 49_999, 50_000, 45_210_000, 2e9].map(formatMemory), [
    "0.0MB",
    "0.0MB",
    "0.1MB",
    "45.2MB",
    "2000.0MB",
  ]);
});
