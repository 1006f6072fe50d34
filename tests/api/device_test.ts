import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEVICE_DETAILS, DEVICE_ROW, deviceDetails, deviceRow } from "../../src/api/device.ts";
import { PENDING } from "../../src/facts/mod.ts";
import { makeFullDevice } from "../devices/_device.ts";
import { makeFacts, makeHost, NOW_MS, restoreMonitor } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

const FULL = makeFullDevice({ nodeId: "n1" });

Deno.test("deviceRow() tells what a list shows of a device", () => {
  const row = deviceRow(makeFacts(FULL), NOW_MS);
  assertValid(DEVICE_ROW, row);
  assertEquals(row, {
    id: "92960230385",
    name: "gateway-1.tail0001.ts.net",
    hostname: "gateway",
    addresses: ["100.64.0.7", "fd7a:115c:a1e0::7"],
    online: true,
    os: "linux",
    owner: "amelie@example.com",
    tags: ["tag:exporter", "tag:gateway"],
    type: "other",
    critical: false,
    version: "1.102.3",
    last_seen: null,
    expires: "2026-07-25T17:20:00Z",
    metrics: "up",
    problem: {
      kind: "routes_unapproved",
      severity: "warning",
      text: "Not approved: 0.0.0.0/0, ::/0.",
      advice:
        "Approve the routes in the admin console, or add them to autoApprovers in the policy.",
    },
  });
});

Deno.test("deviceRow() says null for what the control plane does not tell", () => {
  const row = deviceRow(
    makeFacts({ isEphemeral: true }, { isOnline: false, scrape: PENDING }),
    NOW_MS,
  );
  assertValid(DEVICE_ROW, row);
  const { expires, hostname, last_seen, os, owner, problem, version } = row;
  assertEquals([hostname, os, owner, version, last_seen, expires, problem], Array(7).fill(null));
});

Deno.test("deviceDetails() joins control plane, metrics and hosts", () => {
  const details = deviceDetails(makeFacts(FULL), [makeHost()], NOW_MS);
  assertValid(DEVICE_DETAILS, details);
  assertEquals(details.paths, [
    {
      host: "local",
      host_name: "db",
      path: "direct_v4",
      relay_only: false,
      since: "2026-01-31T11:59:00Z",
      region: null,
      rtt_ms: null,
      relay_seconds: 0,
      path_seconds: 60,
    },
  ]);
  assertEquals(details.latencies, [
    { region: "Frankfurt", ms: 12.5, home: true },
    { region: "New York City", ms: 98.031, home: false },
  ]);
  assertStringIncludes(String(details.diagnosis), "seen by db: direct_v4\n");
  const unnamed = deviceDetails(makeFacts(FULL), [makeHost({ name: undefined })], NOW_MS);
  assertValid(DEVICE_DETAILS, unnamed);
  assertStringIncludes(String(unnamed.diagnosis), "seen by local: direct_v4\n");
});

Deno.test("deviceDetails() says of a peer without any other path that it is always relayed", () => {
  const peer = { id: "n1", name: "web-1", path: "derp", isRelayOnly: true, sinceMs: 0 } as const;
  const details = deviceDetails(makeFacts(FULL), [makeHost({ peers: new Map([["n1", peer]]) })], 0);
  assertValid(DEVICE_DETAILS, details);
  assertStringIncludes(
    String(details.diagnosis),
    "seen by db: derp, always relayed (WebAssembly)\n",
  );
});

Deno.test("deviceDetails() tells no path of a host whose tailscaled is not up", () => {
  const details = deviceDetails(makeFacts(FULL), [makeHost({ backend: "Stopped" })], NOW_MS);
  assertEquals([details.paths, String(details.diagnosis).includes("seen by")], [[], false]);
});

Deno.test("deviceDetails() says the same failing_since as an alert that is older than the process", async () => {
  const scrape = { ...PENDING, state: "down", failingSinceMs: NOW_MS - 60_000 } as const;
  const [device, other] = ["1", "2"].map((id) => makeFacts({ id, name: `web-${id}` }, { scrape }));
  assert(device !== undefined && other !== undefined);
  const sinceOf = async (alerts: Parameters<typeof restoreMonitor>) => {
    const details = deviceDetails(device, [], NOW_MS, await restoreMonitor(...alerts));
    assertValid(DEVICE_DETAILS, details);
    return JSON.parse(JSON.stringify(details)).scrape.failing_since;
  };
  assertEquals(await sinceOf([[device]]), "2026-01-31T11:00:00Z");
  assertEquals(await sinceOf([[device], { clearSinceMs: NOW_MS }]), "2026-01-31T11:59:00Z");
  assertEquals(await sinceOf([[device], { sinceMs: NOW_MS }]), "2026-01-31T11:59:00Z");
  assertEquals(await sinceOf([[other]]), "2026-01-31T11:59:00Z");
});

Deno.test("deviceDetails() says why there are no metrics, in words that can be copied", () => {
  const scrape = {
    ...PENDING,
    state: "down",
    reason: "Connection refused: start tailscaled's web client",
    failure: "refused",
    url: "http://100.64.0.7:5252/metrics",
    failingSinceMs: NOW_MS - 60_000,
    nextTryMs: NOW_MS + 60_000,
  } as const;
  const details = deviceDetails(makeFacts({ tags: ["tag:a"] }, { scrape }), [], NOW_MS);
  assertValid(DEVICE_DETAILS, details);
  assertEquals(details.scrape, {
    state: "down",
    reason: "Connection refused: start tailscaled's web client",
    failure: "refused",
    url: "http://100.64.0.7:5252/metrics",
    last_success: null,
    failing_since: "2026-01-31T11:59:00Z",
    next_try: "2026-01-31T12:01:00Z",
  });
  assertEquals(
    details.diagnosis,
    `node-a.tail0001.ts.net (1) at 2026-01-31T12:00:00Z
control: online, os unknown, client unknown, key does not expire
metrics: down http://100.64.0.7:5252/metrics - Connection refused: start tailscaled's web client
warning: Connection refused: start tailscaled's web client See the reason; \`tsmetrics check\` tests the way to the device.
`,
  );
});
