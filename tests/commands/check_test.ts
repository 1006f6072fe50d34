import { assertEquals, assertMatch } from "@std/assert";
import { runCheck } from "../../src/commands/check.ts";
import { testConfig } from "../_support/config.ts";
import { FakeHost } from "../_support/fake_host.ts";
import { FakeTailnet, onlineDevice } from "../_support/fake_tailnet.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";

async function check(
  tailnet: FakeTailnet,
  json = false,
): Promise<{ readonly code: number; readonly output: string }> {
  const host = new FakeHost();
  const code = await runCheck(testConfig(tailnet.env), host, { json });
  return { code, output: host.output().replaceAll(String(tailnet.port), "PORT") };
}

Deno.test("runCheck() returns 0 and a table if every device gives metrics", async () => {
  await using tailnet = new FakeTailnet();
  const { code, output } = await check(tailnet);
  assertEquals(code, 0);
  assertEquals(
    output,
    `API http://127.0.0.1:PORT/api/v2, tailnet -
  ok      1 device

DEVICE                 ONLINE  METRICS  WHY, AND WHAT TO DO
node-a.example.ts.net  yes     up

1 device of 1 give metrics, 0 fail to, 0 are not asked.
`,
  );
});

Deno.test("runCheck() says for each device why it has no metrics", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.devices = [
    { ...onlineDevice("1", "evil\u001b[2J"), tags: [] },
    { ...onlineDevice("2", "gone"), connectedToControl: false },
  ];
  const { code, output } = await check(tailnet);
  assertEquals(code, 1);
  assertMatch(output, /^evil�\[2J {2,}yes {2,}untagged {2,}.*tag:exporter/m);
  assertMatch(output, /^gone {2,}no {2,}offline {2,}/m);
  assertMatch(output, /tailscale set --webclient/);
});

Deno.test("runCheck() says a reason that three devices share once, below the table", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.devices = ["1", "2", "3"].map((id) => ({
    ...onlineDevice(id, `node-${id}`),
    tags: [],
  }));
  const { output } = await check(tailnet);
  assertMatch(output, /^node-1 {2}yes {5}untagged {2}\(1\)\n.*\n.*\n\n\(1\) .*tag:exporter/m);
  assertEquals(output.split("tag:exporter:").length, 2);
});

Deno.test("runCheck() cuts a name that would push the other columns away", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.devices = [onlineDevice("1", "a".repeat(60)), onlineDevice("2", "b".repeat(61))];
  const { output } = await check(tailnet);
  assertMatch(output, /^a{60} {2}yes/m);
  assertMatch(output, /^b{59}… {2}yes/m);
});

Deno.test("runCheck() returns 1 if a device fails", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.pageStatus = 500;
  const { code, output } = await check(tailnet);
  assertEquals(code, 1);
  assertMatch(output, /^node-a\.example\.ts\.net {2}yes {5}down {5}.*500/m);
});

Deno.test("runCheck() returns 1 and the API's failure", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.apiStatus = 403;
  const { code, output } = await check(tailnet);
  assertEquals(code, 1);
  assertMatch(output, /^ {2}FAILED {2}.*403/m);
});

Deno.test("runCheck() writes the same as JSON", async () => {
  await using tailnet = new FakeTailnet();
  tailnet.answers.devices = [onlineDevice("1", "a"), { name: "no id" }];
  const { code, output } = await check(tailnet, true);
  assertEquals(code, 0);
  const report = JSON.parse(output);
  assertEquals(report.ok, true);
  assertEquals(report.api.error, null);
  assertEquals(report.api.rejected.length, 1);
  assertEquals(report.devices, [{
    id: "1",
    name: "a",
    online: true,
    state: "up",
    reason: null,
    url: "http://127.0.0.1:PORT/metrics",
  }]);
});

Deno.test("runCheck() asks this host's tailscaled, and needs no tailnet for that", async () => {
  await using tailscaled = new FakeTailscaled();
  const host = new FakeHost();
  const config = testConfig(tailscaled.env);
  assertEquals(await runCheck(config, host, { json: false }), 0);
  const place = config.localApiUrl?.host;
  assertEquals(host.output(), `tailscaled ${place}\n  ok      2 peers\n`);
});

Deno.test("runCheck() says what is wrong with this host's tailscaled", async () => {
  await using tailscaled = new FakeTailscaled();
  const config = testConfig(tailscaled.env);
  tailscaled.answers.status = JSON.stringify({ BackendState: "Stopped" });
  const stopped = new FakeHost();
  assertEquals(await runCheck(config, stopped, { json: false }), 1);
  assertMatch(stopped.output(), /^ {2}FAILED {2}It is not up: its state is Stopped; run `tailsc/m);
  tailscaled.answers.code = 500;
  const broken = new FakeHost();
  assertEquals(await runCheck(config, broken, { json: true }), 1);
  const { ok, api, tailscaled: found } = JSON.parse(broken.output());
  assertEquals([ok, api, found.state, found.peers], [false, null, null, null]);
  assertMatch(found.error, /500/);
});
