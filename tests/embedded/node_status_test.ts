import { assert, assertEquals } from "@std/assert";
import {
  decodeSelf,
  describeOutage,
  describeState,
  describeStatus,
  judgeSelf,
  NODE_STATES,
  type NodeState,
  SIDECAR_STATES,
  UNKNOWN_STATUS,
} from "../../src/embedded/node_status.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");

Deno.test("decodeSelf() reads what the LocalAPI says of the node", () => {
  const status = {
    BackendState: "Running",
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

Deno.test("describeStatus() says what to do, describeState() nothing secret", () => {
  const loginUrl = "https://login.example/a/1";
  const status = { ...UNKNOWN_STATUS, state: "needs_login" as const, loginUrl };
  assertEquals(
    describeStatus(status),
    "The embedded node is not logged in: log in at https://login.example/a/1, or set TS_AUTHKEY.",
  );
  assertEquals(
    describeStatus({ ...status, error: "invalid key" }),
    "The embedded node cannot log in: invalid key. Check TS_AUTHKEY.",
  );
  const error = "fetch control key: x509: certificate signed by unknown authority";
  assertEquals(
    describeStatus({ ...status, state: "starting", error }, "sidecar"),
    `The sidecar does not reach the control plane: ${error}; put the certificate of that ` +
      "authority into a directory, and name it in SSL_CERT_DIR in the environment of tailscaled, " +
      "which does not read TLS_CA_PEM.",
  );
  const again = "it logs in again if TS_AUTHKEY is set and still valid";
  for (const at of [undefined, loginUrl]) {
    const end = at === undefined ? "." : `, or log in at ${at}.`;
    assertEquals(
      describeStatus({ ...status, state: "removed", loginUrl: at }),
      `The embedded node was removed from the tailnet: ${again}${end}`,
    );
    assertEquals(
      describeStatus({ ...status, state: "key_expired", loginUrl: at }),
      `The node key of the embedded node has expired: ${again}${end}`,
    );
  }
  for (const state of NODE_STATES) {
    assert(/^(The|A) .*\.$/.test(describeState({ state, error: undefined })), state);
    assert(/^(The|A) .*\.$/.test(describeStatus({ ...UNKNOWN_STATUS, state })), state);
    assert(!describeState({ state, error: "http://x" }).includes("http"));
  }
});

Deno.test("describeOutage() tells why no device can be reached, and no secret", () => {
  const loginUrl = "https://login.example/a/1";
  const open = new Set(["running", "control_away", "unreachable"]);
  for (const state of [...NODE_STATES, ...SIDECAR_STATES]) {
    for (const at of [undefined, loginUrl]) {
      const outage = describeOutage({ ...UNKNOWN_STATUS, state, loginUrl: at }, "sidecar");
      assertEquals(outage === undefined, open.has(state), state);
      assert(!outage?.includes("http"), outage);
    }
  }
  assertEquals(
    describeOutage({ ...UNKNOWN_STATUS, state: "needs_login", error: "invalid key" }),
    "The embedded node cannot log in: invalid key. Check TS_AUTHKEY.",
  );
});

Deno.test("describeStatus() and describeState() call a sidecar by its name", () => {
  for (const state of SIDECAR_STATES) {
    assert(/\bsidecar\b/.test(describeState({ state, error: undefined }, "sidecar")), state);
    assert(/\bsidecar\b/.test(describeStatus({ ...UNKNOWN_STATUS, state }, "sidecar")), state);
  }
  const status = { ...UNKNOWN_STATUS, state: "unreachable", error: "no answer" } as const;
  assertEquals(describeStatus(status, "sidecar"), "The sidecar is away: no answer.");
});
