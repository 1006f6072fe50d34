import { assertEquals } from "@std/assert";
import { summarize, SUMMARY } from "../../src/api/summary.ts";
import type { ApiSource, Monitored } from "../../src/api/fact_source.ts";
import { ApiError } from "../../src/errors.ts";
import { type DeviceFacts, PENDING, type TailnetFacts } from "../../src/facts/mod.ts";
import {
  makeFacts,
  makeHost,
  makeMonitor,
  makeOwnNode,
  makeSource,
  makeTailnet,
  NOW_MS,
  restoreMonitor,
} from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

// deno-lint-ignore no-explicit-any
async function summary(source: ApiSource): Promise<any> {
  const value = await summarize(source);
  assertValid(SUMMARY, value);
  return value;
}

Deno.test("summarize() counts devices and names what is wrong, the worst first", async () => {
  const offline = Array.from(
    { length: 7 },
    (_, at) =>
      makeFacts({ id: `${at}`, name: `web-${at}`, tags: ["tag:web"] }, {
        isOnline: false,
        scrape: { ...PENDING, state: "offline" },
      }),
  );
  const locked = makeFacts({ id: "9", name: "db", tailnetLockError: "not signed" });
  const { access, devices, metrics, problems, time } = await summary(
    makeSource([...offline, locked]),
  );
  assertEquals(access, false);
  assertEquals([time, devices], [
    "2026-01-31T12:00:00Z",
    { total: 8, online: 1, offline: 7 },
  ]);
  assertEquals([metrics.up, metrics.offline, metrics.down], [1, 7, 0]);
  assertEquals(
    problems.map(({ count, kind, severity }: Record<string, unknown>) => [kind, severity, count]),
    [["lock_error", "critical", 1], ["node_offline", "warning", 7]],
  );
  assertEquals(problems[1].devices.length, 5);
  assertEquals(problems[0].devices, [{ id: "9", name: "db" }]);
});

Deno.test("summarize() puts a critical server that is offline before a laptop with an expired key", async () => {
  const seconds = NOW_MS / 1000;
  const devices = [
    makeFacts({ id: "1", name: "laptop.ts.net", os: "macOS", expiresSeconds: seconds - 172_800 }),
    makeFacts({ id: "2", name: "vpn.ts.net", os: "linux", expiresSeconds: seconds - 60 }),
    makeFacts(
      { id: "3", name: "prod-1.ts.net", os: "linux", lastSeenSeconds: seconds - 720 },
      { isOnline: false },
    ),
  ];
  const { problems } = await summary(
    makeSource(devices, { monitor: () => makeMonitor(devices) }),
  );
  assertEquals(
    problems.map((
      { kind, severity, since, reason, title }: Record<string, unknown>,
    ) => [kind, severity, since, reason, title]),
    [
      [
        "critical_node_offline",
        "critical",
        "2026-01-31T11:48:00Z",
        "prod-1: Not connected to the control plane since 2026-01-31T11:48:00Z.",
        "critical and offline",
      ],
      [
        "key_expired",
        "critical",
        "2026-01-31T11:59:00Z",
        "vpn: The key expired at 2026-01-31T11:59:00Z.",
        "with an expired key",
      ],
      [
        "key_expired",
        "info",
        "2026-01-29T12:00:00Z",
        "laptop: The key expired at 2026-01-29T12:00:00Z.",
        "with an expired key (personal, or inactive for 30 days)",
      ],
    ],
  );
});

Deno.test("summarize() says since when the first of several devices has a problem", async () => {
  const offline = [60, 300, 120].map((seconds, at) =>
    makeFacts({ id: `${at}`, name: `web-${at}`, lastSeenSeconds: NOW_MS / 1000 - seconds }, {
      isOnline: false,
    })
  );
  const { problems: [problem] } = await summary(makeSource(offline));
  assertEquals([problem.count, problem.since, problem.reason], [
    3,
    "2026-01-31T11:55:00Z",
    "web-1: Not connected to the control plane since 2026-01-31T11:55:00Z.",
  ]);
});

Deno.test("summarize() takes from the alerts since when, where the facts do not tell", async () => {
  const devices = [makeFacts({ tailnetLockError: "not signed" })];
  const monitor = makeMonitor(devices);
  const source = makeSource(devices, { monitor: () => monitor });
  const since = async () => (await summary(source)).problems[0].since;
  assertEquals(await since(), null);
  await monitor.alerts.look(makeTailnet(devices));
  assertEquals(await since(), "2026-01-31T12:00:00Z");
  assertEquals((await summary(makeSource(devices))).problems[0].since, null);
});

Deno.test("summarize() takes since and reason from the alert of one device", async () => {
  const lacksSignature = (id: string) =>
    makeFacts({ id, name: `web-${id}.example.ts.net`, tailnetLockError: "not signed" });
  const [early, late] = [lacksSignature("2"), lacksSignature("1")];
  const monitor = makeMonitor([early]);
  await monitor.alerts.look(makeTailnet([early]));
  // "web-1" has it later, and is listed first.
  const { since, reason, count } =
    (await summary(makeSource([late, early], { monitor: () => monitor }))).problems[0];
  assertEquals([count, since, reason], [
    2,
    "2026-01-31T12:00:00Z",
    "web-2 has a Tailnet Lock error.",
  ]);
});

/** A device whose scrape fails since the start of this process. */
function makeUnreadable(id: string) {
  const scrape = { ...PENDING, state: "down", reason: "connection refused" } as const;
  return makeFacts({ id, name: `web-${id}.example.ts.net` }, {
    scrape: { ...scrape, failingSinceMs: NOW_MS - 60_000 },
  });
}

Deno.test("summarize() says the same since as an alert that is older than the process", async () => {
  const [first, second] = [makeUnreadable("1"), makeUnreadable("2")];
  const told = async (devices: readonly DeviceFacts[], monitor: Monitored) => {
    const { problems } = await summary(makeSource(devices, { monitor: () => monitor }));
    return [problems[0].kind, problems[0].since, problems[0].reason];
  };
  const began = "2026-01-31T11:00:00Z";
  // Of one device the facts say more than the alert.
  assertEquals(await told([first], await restoreMonitor([first])), [
    "unreadable",
    began,
    "web-1: connection refused",
  ]);
  assertEquals(await told([first, second], await restoreMonitor([first])), [
    "unreadable",
    began,
    "web-1: connection refused",
  ]);
  assertEquals(await told([first, second], await restoreMonitor([second])), [
    "unreadable",
    began,
    "web-2 has unreadable metrics: connection refused.",
  ]);
});

Deno.test("summarize() takes nothing from an alert whose condition is over", async () => {
  const [first, second] = [makeUnreadable("1"), makeUnreadable("2")];
  for (
    const over of [{ clearSinceMs: NOW_MS }, { state: "resolved", resolvedMs: NOW_MS }] as const
  ) {
    const monitor = await restoreMonitor([second], over);
    const { problems } = await summary(makeSource([first], { monitor: () => monitor }));
    assertEquals([problems[0].since, problems[0].reason], [
      "2026-01-31T11:59:00Z",
      "web-1: connection refused",
    ]);
  }
});

Deno.test("summarize() puts a source that does not answer first", async () => {
  const error = new ApiError("unauthorized", "The API answered 401");
  const api = { answers: false, sinceMs: 0, atMs: NOW_MS, lastListMs: 0, error };
  const told = async (source: Partial<ApiSource>) => {
    const { problems } = await summary(makeSource([], source));
    return problems.map(({ kind, title }: Record<string, unknown>) => `${kind}: ${title}`);
  };
  assertEquals(await told({ tailnets: () => [makeTailnet([], { api })] }), [
    "api_down: The API does not answer",
  ]);
  assertEquals(await told({ tailnets: () => [makeTailnet([], { api, isFresh: false })] }), [
    "api_down: No recent device list",
  ]);
  assertEquals(await told({ tailnets: () => [makeTailnet([], { isFresh: false })] }), [
    "list_stale: The device list is old",
  ]);
  assertEquals(await told({ host: () => makeHost({ answers: false }) }), [
    "tailscaled_down: tailscaled does not answer",
  ]);
  assertEquals(await told({ host: () => makeHost({ backend: "NeedsLogin" }) }), [
    "tailscaled_down: tailscaled is NeedsLogin",
  ]);
  // The host of LOCALAPI_SOCKET is another tailscaled, beside an embedded node, too.
  const ownNode = () => makeOwnNode();
  assertEquals(await told({ host: () => makeHost({ backend: "Stopped" }), ownNode }), [
    "tailscaled_down: tailscaled is Stopped",
  ]);
  assertEquals(await told({ host: () => makeHost() }), []);
  const silent = makeSource([], { tailnets: () => [makeTailnet([], { api })] });
  const { problems: [problem] } = await summary(silent);
  assertEquals([problem.since, problem.reason], ["1970-01-01T00:00:00Z", null]);
});

Deno.test("summarize() tells of our own node by its state, not by the last look at its tailscaled", async () => {
  const told = async (node: Parameters<typeof makeOwnNode>[0], host = {}) => {
    const { problems } = await summary(makeSource([], {
      host: () => makeHost({ isOwnNode: true, ...host }),
      ownNode: () => makeOwnNode(node),
    }));
    return problems.map(({ kind, severity, since, title }: Record<string, unknown>) => [
      kind,
      severity,
      since,
      title,
    ]);
  };
  const since = "2026-01-31T11:59:00Z";
  // It has joined since the last look.
  assertEquals(await told({}, { backend: "NeedsLogin" }), []);
  // The backend says Running, and so does the control plane that has deleted the node.
  assertEquals(await told({ state: "removed" }), [
    [
      "own_node_removed",
      "critical",
      since,
      "The node of tsmetrics was removed from the tailnet",
    ],
  ]);
  assertEquals(await told({ state: "key_expired" }, { backend: "NeedsLogin" }), [
    ["own_node_key_expired", "critical", since, "The key of the node of tsmetrics has expired"],
  ]);
  assertEquals(await told({ state: "starting", hasError: true }, { backend: "NeedsLogin" }), [
    [
      "own_node_starting",
      "critical",
      since,
      "The node of tsmetrics does not reach the control plane",
    ],
  ]);
  assertEquals(await told({ state: "control_away" }), [
    ["own_node_control_away", "warning", since, "The node of tsmetrics has lost the control plane"],
  ]);
  assertEquals(await told({}, { answers: false }), [
    [
      "tailscaled_down",
      "critical",
      "1970-01-01T00:00:00Z",
      "The node of tsmetrics does not answer",
    ],
  ]);
  assertEquals((await told({ state: "unreachable" }, { answers: false })).length, 1);
});

Deno.test("summarize() takes a node that joins before the first device list for no problem", async () => {
  const severity = async (facts: Partial<TailnetFacts>) => {
    const { problems: [problem] } = await summary(makeSource([], {
      ownNode: () => makeOwnNode({ state: "starting" }),
      tailnets: () => [makeTailnet([], facts)],
    }));
    return problem.severity;
  };
  assertEquals(await severity({ listing: undefined }), "info");
  assertEquals(await severity({}), "warning");
});

Deno.test("summarize() tells of our own node in the device list apart, with advice of its own", async () => {
  const expired = { expiresSeconds: NOW_MS / 1000 - 60, tags: ["tag:web"] };
  const own = makeFacts({ ...expired, id: "1", name: "tsmetrics", addresses: ["100.64.0.9"] });
  const other = makeFacts({ ...expired, id: "2", name: "web", addresses: ["100.64.0.1"] });
  const told = async (node: Parameters<typeof makeOwnNode>[0]) => {
    const { problems } = await summary(makeSource([own, other], {
      ownNode: () => makeOwnNode(node),
      monitor: () => monitor,
    }));
    return problems.map((
      { advice, count, reason, title }: Record<string, unknown>,
    ) => [count, title, reason, /`tailscale/.test(String(advice))]);
  };
  const monitor = await restoreMonitor([own]);
  const reason = (name: string) => `${name}: The key expired at 2026-01-31T11:59:00Z.`;
  const ofOther = [1, "with an expired key", reason("web"), true];
  assertEquals(await told({}), [
    ofOther,
    [1, "with an expired key (the node of tsmetrics)", reason("tsmetrics"), false],
  ]);
  // Its state tells it already.
  assertEquals(await told({ state: "key_expired" }), [
    [0, "The key of the node of tsmetrics has expired", null, false],
    ofOther,
  ]);
});
