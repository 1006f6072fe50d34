import { assertEquals } from "@std/assert";
import { Alertmanager } from "./_alertmanager.ts";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { makeDenoDir } from "./_host.ts";
import { Program } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

Deno.test("serve keeps its history when it is killed, under the permissions of every start", async () => {
  await using denoDir = await makeDenoDir();
  await using tailnet = new FakeTailnet({ devices: ["a"] });
  const settings = { ...tailnet.settings, DENO_DIR: denoDir.path, HISTORY_STORE: "on" };
  const samplesOf = async (program: Program) => new Samples(await program.text("/metrics"));
  {
    await using program = await Program.start(settings);
    await until(
      "the history to be written",
      async () =>
        (await samplesOf(program)).sum("tsmetrics_history_saved_timestamp_seconds") !== undefined,
    );
    await program.stop("SIGKILL");
  }
  await using program = await Program.start(settings);
  await until(
    "the event of the first start, and that of the second",
    async () => (await samplesOf(program)).sum("tsmetrics_history_kept_events") === 2,
  );
  const samples = await samplesOf(program);
  assertEquals(samples.sum("tsmetrics_history_store_errors_total"), 0);
  assertEquals(samples.sum("tsmetrics_history_damaged_segments_total"), 0);
  assertEquals((await program.stop()).code, 0);
});

Deno.test("serve sends an alert to Alertmanager and to a webhook", async () => {
  const device = {
    id: "1",
    name: "db.fake.ts.net",
    hostname: "db",
    os: "linux",
    addresses: ["100.64.0.1"],
    tags: ["tag:exporter"],
  };
  await using tailnet = new FakeTailnet({ devices: ["db"] });
  tailnet.onDevices = () =>
    Response.json({
      devices: [{ ...device, connectedToControl: false, lastSeen: new Date().toISOString() }],
    });
  const told: string[] = [];
  await using hook = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { alerts } = await request.json();
      for (const { rule, state } of alerts) told.push(`${state} ${rule}`);
      return new Response(null, { status: 204 });
    },
  );
  await using server = await Alertmanager.start("deploy/prometheus/alertmanager.yml");
  await using _program = await Program.start({
    ...tailnet.settings,
    ALERT_OFFLINE_AFTER: "0",
    ALERTMANAGER_URL: server.origin,
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${hook.addr.port}/hook`,
  });
  const listed = await until("the alert at Alertmanager", async () => {
    const alerts = await server.alerts();
    return alerts.length > 0 && alerts;
  });
  assertEquals(listed.map(({ labels }) => labels), [{
    alertname: "TsmetricsNodeOffline",
    severity: "warning",
    device_id: "1",
    device_name: "db.fake.ts.net",
    node_type: "other",
    os: "linux",
  }]);
  await until("the alert at the webhook", () => told.includes("firing node_offline"));
  assertEquals(told, ["firing node_offline"]);
});
