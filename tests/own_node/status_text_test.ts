import { assert, assertEquals } from "@std/assert";
import { NODE_STATES, SIDECAR_STATES, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { describeOutage, describeState, describeStatus } from "../../src/own_node/status_text.ts";

Deno.test("describeStatus() says what to do, describeState() nothing secret", () => {
  const loginUrl = "https://login.example/a/1";
  const status = { ...UNKNOWN_STATUS, state: "needs_login" as const, loginUrl };
  assertEquals(
    describeStatus(status),
    "The embedded node is not logged in: log in at https://login.example/a/1, or set TS_AUTHKEY.",
  );
  // The advice belongs to the reason.
  assertEquals(
    describeStatus({ ...status, error: "invalid key; check TS_AUTHKEY" }),
    "The embedded node cannot log in: invalid key; check TS_AUTHKEY.",
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
  assertEquals(
    describeStatus(status, "embedded node", { hasAuthKey: false, takesUrl: false }),
    "The embedded node is not logged in: set TS_AUTHKEY, or run `tsmetrics serve`, whose log has " +
      "a URL to log in at.",
  );
  for (const state of NODE_STATES) {
    assert(/^(The|A) .*\.$/.test(describeState({ ...UNKNOWN_STATUS, state })), state);
    assert(/^(The|A) .*\.$/.test(describeStatus({ ...UNKNOWN_STATUS, state })), state);
    assert(!describeState({ state, error: "http://x", loginUrl }).includes("http"));
  }
});

Deno.test("describeStatus() and the others say how a node without a key gets in again that was removed", () => {
  const status = { ...UNKNOWN_STATUS, state: "removed" as const };
  const ways = { hasAuthKey: false };
  for (const [name, program] of [["embedded node", "tsmetrics"], ["sidecar", "its tailscaled"]]) {
    const called = name === "sidecar" ? name : "embedded node";
    const sentence = `The ${name} was removed from the tailnet: restart ${program} to get a URL ` +
      "to log in at, or set TS_AUTHKEY.";
    for (const describe of [describeStatus, describeState, describeOutage]) {
      assertEquals(describe(status, called, ways), sentence, describe.name);
    }
  }
  const loginUrl = "https://login.example/a/1";
  assert(
    describeStatus({ ...status, loginUrl }, "sidecar", ways).endsWith(`log in at ${loginUrl}.`),
  );
  // Restarting would be of no use where there is a URL, which is a secret.
  for (const describe of [describeState, describeOutage]) {
    assertEquals(
      describe({ ...status, loginUrl }, "sidecar", ways),
      "The sidecar was removed from the tailnet: see the log for a URL to log in at.",
    );
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
    "The embedded node cannot log in: invalid key.",
  );
});

Deno.test("describeOutage() tells a cut of the network, and so do the other sentences", () => {
  for (
    const [reach, end] of [
      ["none", "neither the control plane nor any device: check the network of this machine."],
      ["returning", "the control plane again, and not all devices yet."],
    ] as const
  ) {
    const status = { ...UNKNOWN_STATUS, state: "control_away", reach } as const;
    const sentence = `The embedded node reaches ${end}`;
    assertEquals(
      [describeOutage(status), describeStatus(status), describeState(status)],
      [sentence, sentence, sentence],
    );
  }
});

Deno.test("describeOutage() is none while some devices are reached without the control plane", () => {
  const status = { ...UNKNOWN_STATUS, state: "control_away", reach: "devices" } as const;
  const sentence = "The embedded node cannot reach the control plane.";
  assertEquals(
    [describeOutage(status), describeStatus(status), describeState(status)],
    [undefined, sentence, sentence],
  );
});

Deno.test("describeStatus() and describeState() call a sidecar by its name", () => {
  for (const state of SIDECAR_STATES) {
    assert(/\bsidecar\b/.test(describeState({ ...UNKNOWN_STATUS, state }, "sidecar")), state);
    assert(/\bsidecar\b/.test(describeStatus({ ...UNKNOWN_STATUS, state }, "sidecar")), state);
  }
  const status = { ...UNKNOWN_STATUS, state: "unreachable", error: "no answer" } as const;
  assertEquals(describeStatus(status, "sidecar"), "The sidecar is unreachable: no answer.");
});

Deno.test("describeState() tells a login that failed from one that is awaited", () => {
  const state = "needs_login";
  assertEquals(
    describeState({ ...UNKNOWN_STATUS, state }),
    "The embedded node is not logged in: see the log.",
  );
  assertEquals(
    describeState({ ...UNKNOWN_STATUS, state, error: "invalid key" }, "sidecar"),
    "The sidecar cannot log in: see the log for the reason.",
  );
});
