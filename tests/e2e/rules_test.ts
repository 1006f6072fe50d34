import { assert, assertEquals } from "@std/assert";
import { Alertmanager } from "./_alertmanager.ts";
import { until } from "./_until.ts";

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

const TESTS = ["recording", "alerts", "parts", "updates", "replicas"]
  .map((name) => `deploy/prometheus/${name}.test.yml`);
const RULES = ["recording", "alerts"].map((name) => `deploy/prometheus/${name}.rules.yml`);

Deno.test("promtool takes the rules of deploy/prometheus", async () => {
  const said = await run("promtool", "check", "rules", ...RULES);
  assertEquals(said.match(/SUCCESS: \d+ rules found/g)?.length, RULES.length, said);
});

Deno.test("the rules of deploy/prometheus record and fire what their tests say", async () => {
  const said = await run("promtool", "test", "rules", ...TESTS);
  assertEquals(said.match(/SUCCESS/g)?.length, TESTS.length, said);
});

Deno.test("the tests of the alerts show each of them firing", async () => {
  const alerts = await Deno.readTextFile("deploy/prometheus/alerts.rules.yml");
  const tests = (await Promise.all(TESTS.map((path) => Deno.readTextFile(path)))).join("\n");
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const fires = [...tests.matchAll(/alertname: (\w+)\n.*\n\s+exp_alerts:\n/g)].map(([, n]) => n);
  assertEquals(names.filter((name) => !fires.includes(name)), []);
});

const ALERTMANAGER = "deploy/prometheus/alertmanager.yml";

Deno.test("amtool takes alertmanager.yml, which names alerts that exist", async () => {
  await run("amtool", "check-config", ALERTMANAGER);
  const rules = await Deno.readTextFile("deploy/prometheus/alerts.rules.yml");
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
  const config = await Deno.readTextFile(ALERTMANAGER);
  const patterns = [...config.matchAll(/alertname =~? "?([\w|.*]+)"?/g)]
    .flatMap(([, pattern = ""]) => pattern.split("|"));
  assert(patterns.length > 20);
  for (const pattern of patterns) {
    assert(names.some((name) => new RegExp(`^${pattern}$`).test(name)), pattern);
  }
});

Deno.test("Alertmanager routes by severity and inhibits what follows from another alert", async () => {
  await using server = await Alertmanager.start(ALERTMANAGER);
  const device = { device_id: "1", device_name: "db.ts.net" };
  const alerts = [
    { alertname: "TailscaleServerOffline", severity: "critical", ...device },
    { alertname: "TailscaleDeviceOffline", severity: "warning", ...device },
    { alertname: "TailscaleDeviceOffline", severity: "warning", device_id: "2" },
    { alertname: "TailscaleHighPacketLoss", severity: "critical", ...device },
    { alertname: "TailscalePacketsDropped", severity: "warning", ...device, reason: "error" },
    { alertname: "TailscalePacketsDropped", severity: "warning", device_id: "2", reason: "error" },
    { alertname: "TailscaleUpdateAvailable", severity: "info", ...device },
  ];
  await server.fire(alerts);
  const listed = async () =>
    (await server.alerts()).map(({ labels, receivers, status }) =>
      `${labels.alertname} ${labels.device_id ?? labels.instance} → ` +
      `${receivers.map(({ name }) => name)}${status.inhibitedBy.length > 0 ? ", inhibited" : ""}`
    ).sort();
  // Alertmanager decides about inhibition when it hands a group over, group_wait after it came.
  await until("inhibitions", async () => (await listed()).join().includes("inhibited"), 90_000);
  assertEquals(await listed(), [
    "TailscaleDeviceOffline 1 → quiet, inhibited",
    "TailscaleDeviceOffline 2 → quiet",
    "TailscaleHighPacketLoss 1 → on-call",
    "TailscalePacketsDropped 1 → team, inhibited",
    "TailscalePacketsDropped 2 → team",
    "TailscaleServerOffline 1 → on-call",
    "TailscaleUpdateAvailable 1 → quiet",
  ]);

  await server.fire([{ alertname: "TsmetricsApiFailing", severity: "critical", instance: "x" }]);
  await until(
    "the API's failure to inhibit",
    async () => (await listed()).includes("TailscaleServerOffline 1 → on-call, inhibited"),
    90_000,
  );
});
