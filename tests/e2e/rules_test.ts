import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { Alertmanager } from "./_alertmanager.ts";
import { until } from "../_support/until.ts";

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

const TESTS = [
  "recording",
  "alerts",
  "parts",
  "updates",
  "replicas",
  "credentials",
  "tailscale-exporter",
]
  .map((name) => `deploy/prometheus/${name}.test.yml`);
const RULES = ["recording", "alerts", "tailscale-exporter"].map((name) =>
  `deploy/prometheus/${name}.rules.yml`
);

Deno.test("promtool takes the rules of deploy/prometheus", async () => {
  const said = await run("promtool", "check", "rules", ...RULES);
  assertEquals(said.match(/SUCCESS: \d+ rules found/g)?.length, RULES.length, said);
});

Deno.test("the rules of deploy/prometheus record and fire what their tests say", async () => {
  const said = await run("promtool", "test", "rules", ...TESTS);
  assertEquals(said.match(/SUCCESS/g)?.length, TESTS.length, said);
});

/** A file of `promtool test rules`, as far as it is about alerts. */
interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

Deno.test("the tests of the alerts show each of them firing and quiet", async () => {
  const alerts = await Deno.readTextFile("deploy/prometheus/alerts.rules.yml");
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? "");
  const files: readonly RuleTests[] = await Promise.all(
    TESTS.map(async (path) => parse(await Deno.readTextFile(path))),
  );
  const cases = files.flatMap(({ tests }) => tests).flatMap((each) => each.alert_rule_test ?? []);
  const shown = (isQuiet: boolean) =>
    new Set(
      cases.filter(({ exp_alerts }) => (exp_alerts.length === 0) === isQuiet)
        .map(({ alertname }) => alertname),
    );
  const [fires, quiet] = [shown(false), shown(true)];
  assertEquals(names.filter((name) => !fires.has(name)), [], "never firing");
  assertEquals(names.filter((name) => !quiet.has(name)), [], "never quiet");
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
    { alertname: "TailscaleServerOffline", severity: "critical", device_id: "9", tailnet: "b" },
    // One of two replicas fails; alerts about devices come from the other.
    { alertname: "TsmetricsApiFailing", severity: "critical", instance: "x" },
    { alertname: "TsmetricsCollectionStale", severity: "critical", instance: "x" },
    // An embedded node that is logged out beside a tailscaled that is down, a sidecar whose
    // tailscaled is gone, and an embedded node that hangs.
    { alertname: "TsmetricsTsnetNeedsLogin", severity: "critical", instance: "out" },
    { alertname: "TsmetricsTsnetNotReady", severity: "warning", instance: "out" },
    { alertname: "TsmetricsTsnetRestarting", severity: "warning", instance: "out" },
    { alertname: "TailscaledNotRunning", severity: "critical", instance: "out" },
    { alertname: "TailscaledNotRunning", severity: "critical", instance: "gone" },
    { alertname: "TsmetricsTsnetNotReady", severity: "warning", instance: "gone" },
    { alertname: "TsmetricsTsnetNotReady", severity: "warning", instance: "hangs" },
    { alertname: "TsmetricsTsnetRestarting", severity: "warning", instance: "hangs" },
  ];
  await server.fire(alerts);
  const listed = async () =>
    (await server.alerts()).map(({ labels, receivers, status }) =>
      `${labels.alertname} ${labels.device_id ?? labels.instance} → ` +
      `${receivers.map(({ name }) => name)}${status.inhibitedBy.length > 0 ? ", inhibited" : ""}`
    ).sort();
  // Alertmanager decides about inhibition when it hands a group over, group_wait after it came.
  const countInhibited = async () =>
    (await listed()).filter((line) => line.endsWith(", inhibited")).length;
  await until("inhibitions", async () => await countInhibited() >= 7, 90_000);
  assertEquals(await listed(), [
    "TailscaleDeviceOffline 1 → quiet, inhibited",
    "TailscaleDeviceOffline 2 → quiet",
    "TailscaleHighPacketLoss 1 → on-call",
    "TailscalePacketsDropped 1 → team, inhibited",
    "TailscalePacketsDropped 2 → team",
    "TailscaleServerOffline 1 → on-call",
    "TailscaleServerOffline 9 → on-call",
    "TailscaleUpdateAvailable 1 → quiet",
    "TailscaledNotRunning gone → on-call",
    "TailscaledNotRunning out → on-call",
    "TsmetricsApiFailing x → on-call",
    "TsmetricsCollectionStale x → on-call, inhibited",
    "TsmetricsTsnetNeedsLogin out → on-call",
    "TsmetricsTsnetNotReady gone → team, inhibited",
    "TsmetricsTsnetNotReady hangs → team",
    "TsmetricsTsnetNotReady out → team, inhibited",
    "TsmetricsTsnetRestarting hangs → team, inhibited",
    "TsmetricsTsnetRestarting out → team, inhibited",
  ]);

  await server.fire([{ alertname: "TsmetricsNoFreshDeviceList", severity: "info" }]);
  await until(
    "the failure of all replicas to inhibit",
    async () => (await listed()).includes("TailscaleServerOffline 1 → on-call, inhibited"),
    90_000,
  );
  assert((await listed()).includes("TailscaleServerOffline 9 → on-call"), "another tailnet");
});
