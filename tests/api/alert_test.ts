import { assertEquals } from "@std/assert";
import { ALERTS, alertsJson, endSilence, silence } from "../../src/api/alert.ts";
import { makeFacts, makeMonitor, makeQuery, makeSource, makeTailnet } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("alertsJson() lists alerts by state and rule", async () => {
  const device = makeFacts({
    id: "7",
    name: "git.ts.net",
    tags: ["tag:server"],
    expiresSeconds: Date.UTC(2026, 0, 31, 11) / 1000,
  });
  const monitor = makeMonitor([device]);
  await monitor.alerts.look(makeTailnet([device]));
  const source = makeSource([device], { monitor: () => monitor });
  // deno-lint-ignore no-explicit-any
  const list = async (params: Parameters<typeof makeQuery>[0] = {}): Promise<any> => {
    const value = await alertsJson(source, makeQuery(params));
    assertValid(ALERTS, value);
    return value.alerts;
  };
  const [alert] = await list({ rule: "key_expired" });
  assertEquals([alert.state, alert.severity, alert.node], ["firing", "critical", {
    id: "7",
    name: "git.ts.net",
  }]);
  assertEquals(await list({ rule: "key_expired", state: "resolved" }), []);
  assertEquals(alert.silenced_until, null);
  silence(source, makeQuery({ node: "git*" }));
  assertEquals((await list({ rule: "key_expired" }))[0].silenced_until, "2026-01-31T13:00:00Z");
});

Deno.test("silence() says why there is none", () => {
  const source = makeSource([], { monitor: () => undefined });
  assertEquals(silence(source, makeQuery()), undefined);
  assertEquals(endSilence(source, "1"), undefined);
  const monitor = makeMonitor([]);
  const full = makeSource([], { monitor: () => monitor });
  for (let count = 0; count < 500; count++) silence(full, makeQuery());
  assertEquals(silence(full, makeQuery()), {
    parameter: "minutes",
    value: "",
    allowed: "Cannot silence: there are 500 silences, remove one first",
  });
});
