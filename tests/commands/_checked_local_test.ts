import { assertEquals, assertMatch } from "@std/assert";
import { runCheck } from "../../src/commands/check.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";

Deno.test("runCheck() says of a peer that its key has expired, whatever path it has besides", async () => {
  await using tailscaled = new FakeTailscaled();
  const { Peer, ...status } = JSON.parse(tailscaled.answers.status);
  const template = Object.values(Peer)[0];
  // A direct path, none, a peer relay, a DERP relay, offline: tailscaled goes on to tell of each.
  const besides = {
    direct: { CurAddr: "10.99.0.13:41641", Active: true },
    idle: { CurAddr: "", Active: false },
    relayed: { CurAddr: "", PeerRelay: "10.99.0.12:40000:vni:1", Active: true },
    derp: { CurAddr: "", Active: true, LastHandshake: new Date().toISOString() },
    offline: { CurAddr: "", Active: false, Online: false, LastSeen: "2026-11-20T08:00:00Z" },
  };
  const entries = Object.entries(besides).flatMap(([name, fields]) =>
    [true, false].map((Expired) => {
      const id = Expired ? `expired-${name}` : `valid-${name}`;
      const DNSName = `${id}.lab.test.`;
      return [`nodekey:${id}`, { ...Object(template), ID: id, DNSName, ...fields, Expired }];
    })
  );
  tailscaled.answers.status = JSON.stringify({ ...status, Peer: Object.fromEntries(entries) });
  const config = testConfig(tailscaled.env);
  const listed = new FakeRuntime();
  assertEquals(await runCheck(config, listed, { json: true }), 0);
  const { peers } = JSON.parse(listed.output());
  assertEquals(
    peers.map(({ id, path, via }: Readonly<Record<string, unknown>>) => [id, path, via]),
    [
      ["expired-derp", "expired", null],
      ["expired-direct", "expired", null],
      ["expired-idle", "expired", null],
      ["expired-offline", "expired", null],
      ["expired-relayed", "expired", null],
      ["valid-derp", "derp", "lab"],
      ["valid-direct", "direct_v4", "10.99.0.13:41641"],
      ["valid-idle", "idle", null],
      ["valid-offline", "offline", null],
      ["valid-relayed", "peer_relay", "10.99.0.12:40000:vni:1"],
    ],
  );
  const shown = new FakeRuntime();
  await runCheck(config, shown, { json: false });
  assertMatch(shown.output(), /^expired-direct\.lab\.test {3}expired {5}[^:]*$/m);
  assertMatch(shown.output(), /^valid-direct\.lab\.test {5}direct_v4 {3}.* 10\.99\.0\.13:41641$/m);
});
