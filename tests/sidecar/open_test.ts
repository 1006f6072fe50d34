import { assertEquals } from "@std/assert";
import { fillMessage, type Logger } from "../../src/log/log.ts";
import { Secret } from "../../src/secret/secret.ts";
import { openSidecar, type SidecarSettings } from "../../src/sidecar/open.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { FakeLogin, RUNNING } from "./_fake_login.ts";

function rig(own: Partial<SidecarSettings> = {}) {
  const [api, clock] = [new FakeLogin(), new FakeClock()];
  const lines: string[] = [];
  const asked: string[] = [];
  const at = (level: string): Logger["info"] => (message, properties = {}) =>
    lines.push(`${level} ${fillMessage(message, properties)}`);
  const node = openSidecar({
    hostname: "tsm",
    controlUrl: "https://hs.example",
    authKey: new Secret("tskey-auth-x"),
    tags: ["exporter"],
    ...own,
  }, {
    api,
    fetch: (input) => {
      asked.push(String(input));
      const isToken = String(input).endsWith("/token");
      return Promise.resolve(Response.json(isToken ? { access_token: "t" } : { key: "made" }));
    },
    log: { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") },
    delay: clock.delay,
    now: () => 0,
    elapsed: () => clock.now(),
  });
  return { api, asked, clock, lines, node };
}

Deno.test("openSidecar() logs in with the key, and logs the join once", async () => {
  const { api, clock, lines, node } = rig();
  node.start();
  await settle();
  assertEquals(api.told, ["login tsm at https://hs.example with tskey-auth-x"]);
  api.status = RUNNING;
  await clock.advance(1_000);
  await settle();
  await clock.advance(15_000);
  await settle();
  assertEquals(lines, ["info Joined the tailnet as tsm.lab.test (100.64.0.4)"]);
  await node.close();
});

Deno.test("openSidecar() makes a key by an OAuth client, for a login only", async () => {
  const inside = rig({ authKey: new Secret("tskey-client-a-b") });
  inside.api.status = RUNNING;
  inside.node.start();
  await settle();
  assertEquals(inside.asked, []);
  await inside.node.close();
  const { api, asked, node } = rig({ authKey: new Secret("tskey-client-a-b") });
  node.start();
  await settle();
  assertEquals(asked.length, 2);
  assertEquals(api.told, ["login tsm at https://hs.example with made"]);
  await node.close();
});

Deno.test("openSidecar() makes one key however often tailscaled refuses the login, and another once it was used", async () => {
  const { api, asked, clock, node } = rig({ authKey: new Secret("tskey-client-a-b") });
  api.refusal = new Error("/run/ts.sock answered 403");
  node.start();
  await settle();
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) await clock.advance(1_000);
    await settle();
  }
  await pass(301_000);
  assertEquals([api.told.length, asked.length], [2, 2]);
  api.refusal = undefined;
  api.status = RUNNING;
  await pass(5_000);
  assertEquals(node.status.state, "running");
  api.status = { BackendState: "NeedsLogin" };
  await pass(10_000);
  assertEquals([api.told.length, asked.length], [3, 4]);
  await node.close();
});

Deno.test("openSidecar() without a key has nothing to make one of", async () => {
  const { api, node } = rig({ authKey: undefined });
  node.start();
  await settle();
  assertEquals(api.told, ["login tsm at https://hs.example with undefined"]);
  await node.close();
});

Deno.test("openSidecar() warns of another control plane", async () => {
  const { api, lines, node } = rig();
  api.status = RUNNING;
  api.settings = { ...api.settings, controlUrl: "" };
  node.start();
  await settle();
  assertEquals(
    lines[0],
    "warning The sidecar is logged in at Tailscale, not at " +
      "https://hs.example: run `tailscale logout` on it to have it log in there",
  );
  await node.close();
});

Deno.test("openSidecar() warns once of settings that tailscaled refused", async () => {
  const { api, clock, lines, node } = rig({ hostname: "other" });
  api.status = RUNNING;
  api.refusal = new Error("/run/ts.sock answered 403");
  node.start();
  await settle();
  for (let left = 120; left > 0; left--) {
    await clock.advance(5_000);
    await settle();
  }
  assertEquals(lines, [
    "warning Cannot apply our settings to the sidecar: /run/ts.sock answered 403; retrying every " +
    "5 minutes",
    "info Joined the tailnet as tsm.lab.test (100.64.0.4)",
  ]);
  await node.close();
});

Deno.test("openSidecar() goes on after a defect, and logs it once", async () => {
  const { api, clock, lines, node } = rig();
  let isBroken = true;
  node.subscribe(() => {
    if (isBroken) throw new TypeError("no such field");
  });
  node.start();
  await settle();
  for (const status of [RUNNING, new Error("no answer"), RUNNING]) {
    api.status = status;
    await clock.advance(1_000);
    await settle();
  }
  isBroken = false;
  await clock.advance(5_000);
  await settle();
  assertEquals(node.status.state, "running");
  assertEquals(lines.filter((line) => /manag/i.test(line)), [
    "error Cannot manage the sidecar: no such field; retrying",
    "info Managing the sidecar again",
  ]);
  await node.close();
});

for (const authKey of [new Secret("tskey-auth-x"), undefined]) {
  const way = authKey === undefined ? "without a key" : "with a key";
  const cases: readonly (readonly [reason: string, advice: string])[] = [
    [
      'fetch control key: Get "http://127.0.0.1:9/key?v=142": dial tcp: connection refused',
      "check the network and TSNET_CONTROL_URL",
    ],
    ["fetch control key: 403 Forbidden", "check the network and TSNET_CONTROL_URL"],
    [
      'fetch control key: Get "https://hs.example/key?v=142": tls: failed to verify certificate: ' +
      "x509: certificate signed by unknown authority",
      "put the certificate of that authority into a directory, and name it in SSL_CERT_DIR in " +
      "the environment of tailscaled, which does not read TLS_CA_PEM",
    ],
    ["", "check the network and TSNET_CONTROL_URL"],
  ];
  for (const [reason, advice] of cases) {
    const name = reason === "" ? "says nothing" : `is not reached: ${reason}`;
    Deno.test(`openSidecar() logs once ${way} that its control plane ${name}`, async () => {
      const { api, clock, lines, node } = rig({ authKey });
      const health = `You are logged out. The last login error was: ${reason}`;
      api.status = { BackendState: "NeedsLogin", Health: reason === "" ? [] : [health] };
      node.start();
      await settle();
      for (let second = 0; second < 9; second++) {
        await clock.advance(1_000);
        await settle();
      }
      assertEquals([lines, node.status.state], [[], "starting"]);
      for (let second = 0; second < 60; second++) {
        await clock.advance(1_000);
        await settle();
      }
      // Another attempt.
      await clock.advance(300_000);
      await settle();
      await clock.advance(1_000);
      await settle();
      assertEquals(api.told.length, 2);
      assertEquals(lines, [
        "warning The sidecar does not reach the control plane: " +
        `${reason || "it does not answer"}; ${advice}.`,
      ]);
      assertEquals(node.status.state, "starting");
      api.status = RUNNING;
      await clock.advance(1_000);
      await settle();
      assertEquals(lines.slice(1), ["info Joined the tailnet as tsm.lab.test (100.64.0.4)"]);
      await node.close();
    });
  }
}
