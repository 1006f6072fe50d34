import { assertEquals } from "@std/assert";
import type { NodeState } from "../../src/own_node/node_status.ts";
import { decodeSelf, judgeSelf, loginErrorOf } from "../../src/own_node/self_report.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

Deno.test("decodeSelf() reads what the LocalAPI says of the node", () => {
  const status = {
    BackendState: "Running",
    HaveNodeKey: true,
    AuthURL: "https://hs.example/a/1",
    Health: ["a", "b"],
    Self: {
      DNSName: "tsmetrics.lab.test.",
      TailscaleIPs: ["100.64.0.4", "fd7a::4"],
      Tags: ["tag:exporter"],
      KeyExpiry: "2027-01-01T00:00:00Z",
      Expired: true,
      Online: false,
    },
  };
  assertEquals(decodeSelf(status), {
    backend: "Running",
    name: "tsmetrics.lab.test",
    addresses: ["100.64.0.4", "fd7a::4"],
    tags: ["tag:exporter"],
    keyExpiresSeconds: Date.parse("2027-01-01T00:00:00Z") / 1000,
    isExpired: true,
    isConnected: false,
    hasNodeKey: true,
    health: ["a", "b"],
    authUrl: "https://hs.example/a/1",
  });
});

Deno.test("decodeSelf() takes anything", () => {
  const unknown = {
    backend: undefined,
    name: undefined,
    addresses: [],
    tags: [],
    keyExpiresSeconds: undefined,
    isExpired: false,
    isConnected: undefined,
    hasNodeKey: false,
    health: [],
    authUrl: undefined,
  };
  for (const status of [null, 1, [], {}, { Self: null, Health: {}, BackendState: 6 }]) {
    assertEquals(decodeSelf(status), unknown);
  }
});

const TABLE: readonly (readonly [string, boolean, unknown, NodeState])[] = [
  ["NoState", false, {}, "starting"],
  ["Starting", false, {}, "starting"],
  ["Stopped", true, {}, "starting"],
  ["odd", false, {}, "starting"],
  ["NeedsLogin", false, {}, "needs_login"],
  ["NeedsLogin", true, {}, "removed"],
  ["NeedsLogin", true, { KeyExpiry: "2026-05-31T00:00:00Z" }, "key_expired"],
  ["NeedsLogin", true, { KeyExpiry: "2026-06-02T00:00:00Z" }, "removed"],
  ["NeedsLogin", false, { Expired: true }, "needs_login"],
  ["NeedsMachineAuth", false, {}, "needs_approval"],
  ["Running", false, {}, "running"],
  ["Running", true, { Expired: true }, "key_expired"],
];

for (const [backend, wasRunning, self, state] of TABLE) {
  const before = wasRunning ? "a node that was running" : "a new node";
  Deno.test(`judgeSelf() takes ${backend} of ${before} with ${JSON.stringify(self)} for ${state}`, () => {
    const report = decodeSelf({ BackendState: backend, Self: self });
    assertEquals(judgeSelf(report, wasRunning, NOW), state);
  });
}

Deno.test("judgeSelf() tells a control plane that is away from other warnings", () => {
  const judge = (text: string) =>
    judgeSelf(decodeSelf({ BackendState: "Running", Health: [text] }), true, NOW);
  assertEquals(
    judge("Unable to connect to the Tailscale coordination server to synchronize the state."),
    "control_away",
  );
  assertEquals(judge("An update is available."), "running");
});

const LOGIN_ERRORS: readonly (readonly [told: string, reason: string])[] = [
  ["invalid key: API key does not exist", "invalid key: API key does not exist"],
  [
    "invalid character '<' looking for beginning of value\n" +
    "key hex has the wrong size, got 924 want 64",
    "fetch control key: the answer is not that of a control plane (invalid character '<' looking " +
    "for beginning of value)",
  ],
  [
    "unexpected end of JSON input\nkey hex string doesn't have expected type prefix",
    "fetch control key: the answer is not that of a control plane (unexpected end of JSON input)",
  ],
  [
    "control server is too old; no noise key",
    "fetch control key: the answer is not that of a control plane (it holds no key)",
  ],
];
for (const [told, reason] of LOGIN_ERRORS) {
  Deno.test(`loginErrorOf() reads ${JSON.stringify(told)}`, () => {
    const health = `You are logged out. The last login error was: ${told}`;
    assertEquals(loginErrorOf(decodeSelf({ Health: ["odd", health] })), reason);
  });
}
