import { assertEquals } from "@std/assert";
import { UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import { createStatusLog } from "../../src/own_node/status_log.ts";
import { fillMessage, type Logger } from "../../src/log/log.ts";

function rig(
  tags: readonly string[],
  name: "embedded node" | "sidecar",
  needsExporter = false,
) {
  const lines: string[] = [];
  const at = (level: string): Logger["info"] => (message, properties = {}) =>
    lines.push(`${level} ${fillMessage(message, properties)}`);
  const log: Logger = {
    debug: at("debug"),
    info: at("info"),
    warning: at("warning"),
    error: at("error"),
  };
  return { lines, tell: createStatusLog({ log, tags, name, needsExporter }) };
}

const IN = {
  ...UNKNOWN_STATUS,
  state: "running",
  name: "t.lab",
  addresses: ["100.64.0.4"],
} as const;

Deno.test("createStatusLog() logs a change once, at the level that it deserves", () => {
  const { lines, tell } = rig([], "embedded node");
  tell(UNKNOWN_STATUS);
  tell(IN);
  tell({ ...IN, keyExpiresSeconds: 5 });
  tell({ ...IN, state: "control_away" });
  tell(IN);
  tell({ ...IN, state: "control_away" });
  tell({ ...IN, state: "removed" });
  tell(IN);
  assertEquals(lines, [
    "info Joined the tailnet as t.lab (100.64.0.4)",
    "warning The embedded node cannot reach the control plane.",
    "info The embedded node reaches the control plane again",
    "warning The embedded node cannot reach the control plane.",
    "error The embedded node was removed from the tailnet: it logs in again if TS_AUTHKEY is set and still valid.",
    "info Joined the tailnet as t.lab (100.64.0.4)",
  ]);
});

Deno.test("createStatusLog() logs a cut of the network and its end once, in whichever steps they come", () => {
  const away = { ...IN, state: "control_away" } as const;
  const none = { ...away, reach: "none" } as const;
  const returning = { ...away, reach: "returning" } as const;
  const devices = { ...away, reach: "devices" } as const;
  const cut = "warning The embedded node reaches neither the control plane nor any device: check " +
    "the network of this machine.";
  const lost = "warning The embedded node cannot reach the control plane.";
  const back = "info The embedded node reaches the control plane again";
  for (
    const [statuses, expected] of [
      [[none, IN, none, IN], [cut, back, cut, back]],
      [[none, returning, none, returning, IN], [cut, back]],
      // Devices answer before Tailscale's code has the control plane again.
      [[none, returning, away, away, IN], [cut, back]],
      [[none, away, none, IN], [cut, cut, back]],
      // A relay returns before the control plane.
      [[none, devices, returning, devices, away, IN], [cut, back]],
      // The devices are lost later than the control plane.
      [[away, none, returning, IN], [lost, cut, back]],
    ] as const
  ) {
    const { lines, tell } = rig([], "embedded node");
    for (const status of [IN, ...statuses]) tell(status);
    assertEquals(lines.slice(1), [...expected]);
  }
});

Deno.test("createStatusLog() repeats no refusal, and tells that a node is back after a crash", () => {
  const { lines, tell } = rig([], "embedded node");
  const refused = { ...UNKNOWN_STATUS, state: "needs_login", error: "invalid key" } as const;
  for (const status of [UNKNOWN_STATUS, refused, UNKNOWN_STATUS, refused]) tell(status);
  for (const status of [UNKNOWN_STATUS, IN, UNKNOWN_STATUS, IN]) tell(status);
  assertEquals(lines, [
    "error The embedded node cannot log in: invalid key.",
    "info Joined the tailnet as t.lab (100.64.0.4)",
    "info Joined the tailnet as t.lab (100.64.0.4)",
  ]);
});

Deno.test("createStatusLog() names the tags that the node lacks, and the node", () => {
  const { lines, tell } = rig(["exporter", "Monitoring"], "sidecar");
  tell({ ...IN, tags: ["tag:monitoring"] });
  assertEquals(
    lines[1],
    "warning The sidecar lacks tag:exporter of TSNET_TAGS: it has " +
      "tag:monitoring; give it these tags at the control plane, or register it with a key that " +
      "has them",
  );
  const other = rig(["exporter"], "sidecar");
  other.tell({ ...IN, tags: ["tag:Exporter"] });
  assertEquals(other.lines.length, 1);
});

Deno.test("createStatusLog() reports a node without the tag that is required", () => {
  const { lines, tell } = rig([], "embedded node", true);
  tell({ ...IN, tags: ["tag:Exporter"] });
  tell({ ...IN, state: "control_away" });
  assertEquals(lines.length, 2);
  tell({ ...IN, tags: ["tag:other"] });
  assertEquals(
    lines[3],
    "error The embedded node lacks tag:exporter, which REQUIRE_EXPORTER_TAG wants: give it that " +
      "tag at the control plane, or register it with a key that has it.",
  );
});

Deno.test("createStatusLog() tells each kind of reason of an outage once, and five at most", () => {
  const { lines, tell } = rig([], "sidecar");
  const away = (error: string) => tell({ ...UNKNOWN_STATUS, state: "unreachable", error });
  for (let id = 0; id < 100; id++) away(`ts.sock answered 500 "error id ${id}a"`);
  for (let turn = 0; turn < 100; turn++) away(turn % 2 === 0 ? "no answer" : "answered 502");
  assertEquals(lines, [
    'error The sidecar is unreachable: ts.sock answered 500 "error id 0a".',
    "error The sidecar is unreachable: no answer.",
    "error The sidecar is unreachable: answered 502.",
  ]);
  for (const word of ["a", "b", "c", "d", "e"]) away(word);
  assertEquals(lines.length, 5);
  tell(IN);
  away("no answer");
  assertEquals(lines.slice(5), [
    "info Joined the tailnet as t.lab (100.64.0.4)",
    "error The sidecar is unreachable: no answer.",
  ]);
});

Deno.test("createStatusLog() tells a refusal once, whatever number it has", () => {
  const { lines, tell } = rig([], "embedded node");
  for (let id = 0; id < 100; id++) {
    tell(UNKNOWN_STATUS);
    tell({ ...UNKNOWN_STATUS, state: "needs_login", error: `answered 500: request ${id}` });
  }
  assertEquals(lines, ["error The embedded node cannot log in: answered 500: request 0."]);
});
