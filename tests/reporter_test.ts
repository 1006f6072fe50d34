import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { onlineDevice } from "./_support/fake_tailnet.ts";
import { readText } from "./_support/text_reader.ts";

Deno.test("Reporter.debug() tells each device's state, and no secret", async () => {
  await withExporter(async (exporter, tailnet) => {
    tailnet.answers.devices = [
      onlineDevice("1", "a.example"),
      { ...onlineDevice("2", "b.example"), tags: [] },
      { name: "no id" },
    ];
    await exporter.runOnce(SIGNAL);
    const debug = exporter.debug();
    const devices = [...debug.devices];
    assertEquals(devices.map(({ device, scrape }) => [device.id, scrape.state]), [
      ["1", "up"],
      ["2", "untagged"],
    ]);
    assertEquals(debug.metrics.devicesTotal, 2);
    assertEquals(debug.metrics.devicesOnline, 2);
    assertEquals(exporter.tailnets[0]?.record.listing?.rejected.length, 1);
    assertEquals(debug.config.oauth_token, "set");
    assert(!JSON.stringify({ ...debug, devices }).includes("canary"));
  });
});

Deno.test("Reporter.debug() shows the circuit of an API that keeps failing", async () => {
  await withExporter(async (exporter, tailnet, clock) => {
    await exporter.runOnce(SIGNAL);
    tailnet.answers.apiStatus = 403;
    for (let count = 0; count < 5; count++) await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assertStringIncludes(page, 'tsmetrics_api_requests_total{endpoint="devices",code="403"} 3\n');
    assertStringIncludes(page, 'tsmetrics_api_circuit_state{state="closed"} 0\n');
    assertStringIncludes(page, 'tsmetrics_api_circuit_state{state="open"} 1\n');
    assertStringIncludes(page, "tsmetrics_api_up 0\n");
    const { circuit, failures, nextTryMs = NaN, error } = exporter.debug().api ?? {};
    assertEquals([circuit, failures], ["open", 3]);
    const waitMs = nextTryMs - Date.now();
    assert(waitMs > 50_000 && waitMs <= 52_500, `${waitMs} ms`);
    assertStringIncludes(error ?? "", "answered 403");
    tailnet.answers.apiStatus = 200;
    clock.offsetMs = 60_000;
    await exporter.runOnce(SIGNAL);
    assertEquals(exporter.debug().api, {
      circuit: "closed",
      failures: 0,
      nextTryMs: undefined,
      error: undefined,
    });
  });
});

Deno.test("Reporter.health() knows nothing before the first cycle", async () => {
  await withExporter((exporter) => {
    const health = exporter.health();
    assertEquals(health.status, "starting");
    assertEquals(health.reason, "The first device list has not arrived yet.");
    assertEquals(health.devicesDiscovered, undefined);
    assertEquals(health.devicesScraped, undefined);
    assertEquals([exporter.isAlive(), exporter.isStarted(), exporter.isReady()], [
      true,
      false,
      false,
    ]);
    const names = readText(exporter.page.view().text("text")).map((family) => family.name);
    assert(!names.some((name) => name.startsWith("tailscale_")), "a device before the first call");
    return Promise.resolve();
  });
});
