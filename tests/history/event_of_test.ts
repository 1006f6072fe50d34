import { assertEquals } from "@std/assert";
import { ApiError } from "../../src/errors.ts";
import type {
  Change,
  HostChange,
  HostFacts,
  KnownDevice,
  PeerFacts,
  TailnetChange,
} from "../../src/facts/mod.ts";
import type { EventDraft } from "../../src/history/event.ts";
import {
  eventOfHost,
  eventOfMetrics,
  eventOfOwnNode,
  eventOfTailnet,
} from "../../src/history/event_of.ts";
import { known, scraped, snapshot } from "../facts/_snapshot.ts";
import { NOON_MS } from "./_event.ts";

const KEY = "example.com/1";

/** An event in a line. */
function told(draft: EventDraft | undefined): string | undefined {
  return draft && [draft.type, draft.severity, draft.message].join(" | ");
}

/** The event of a change of a device, without what is the same in all. */
function ofDevice(
  kind: TailnetChange["kind"],
  more: Record<string, unknown> = {},
  isCritical = false,
) {
  const [before, after] = [known({ name: "old.example.com" }), known({ name: "a.example.com" })];
  const change = { kind, key: KEY, before, after, atMs: NOON_MS, ...more };
  return told(eventOfTailnet(change as unknown as TailnetChange, () => isCritical));
}

Deno.test("eventOfTailnet() gives each change of a device a type, a severity and a sentence", () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [ofDevice("device_online"), "node_online | ok | a is online"],
    [ofDevice("device_offline"), "node_offline | warning | a is offline"],
    [ofDevice("device_offline", {}, true), "node_offline | critical | a is offline"],
    [ofDevice("key_expired", {}, true), "key_expired | critical | a has an expired key"],
    [
      ofDevice("lock_error", {}, true),
      "lock_error | warning | a has a Tailnet Lock error: unknown",
    ],
    [ofDevice("device_joined"), "node_joined | ok | a joined the tailnet"],
    [ofDevice("device_left", { after: undefined }), "node_left | warning | old left the tailnet"],
    [ofDevice("device_renamed"), "node_renamed | ok | a has a new name, before: old.example.com"],
    [
      ofDevice("device_changed", { properties: ["tags", "os"] }),
      "node_changed | ok | a changed: tags, os",
    ],
    [
      ofDevice("routes_unapproved", { routes: ["10.0.0.0/8"] }),
      "routes_changed | warning | a may no longer serve 10.0.0.0/8",
    ],
  ];
  for (const [line, wanted] of cases) assertEquals(line, wanted);
});

Deno.test("eventOfTailnet() tells of the API and of the first list", () => {
  const facts = snapshot([known(), known({ id: "2" }, false)]);
  const first = { kind: "tailnet_known", key: "x", before: undefined, after: facts, atMs: NOON_MS };
  assertEquals(
    told(eventOfTailnet(first as TailnetChange, () => false)),
    "tailnet_known | ok | First device list after a start: 2 devices, 1 online",
  );
  const error = new ApiError("timeout", "no answer");
  const api = { ...facts.api, error };
  const fails = { kind: "api_fails", key: "x", before: facts.api, after: api, atMs: NOON_MS };
  assertEquals(
    told(eventOfTailnet(fails as TailnetChange, () => false)),
    "api_down | warning | The API does not answer: timeout",
  );
});

Deno.test("eventOfTailnet() keeps text from outside on one line, and bounded", () => {
  const after = known({ tailnetLockError: `bad\n${"x".repeat(1_000)}` });
  const line = ofDevice("lock_error", { after });
  assertEquals([line?.includes("bad\\u000ax"), (line?.length ?? 0) < 400], [true, true]);
});

Deno.test("eventOfMetrics() leaves out what is no news", () => {
  const of = (kind: Change["kind"], before: string, after: string, device?: KnownDevice) =>
    told(eventOfMetrics(
      {
        kind,
        key: KEY,
        before: scraped(before as "up"),
        after: scraped(after as "up", { reason: "refused" }),
        atMs: NOON_MS,
      } as TailnetChange,
      device,
    ));
  const device = known({ name: "a.example.com" });
  assertEquals(
    [
      of("metrics_unreadable", "up", "down", device),
      of("metrics_readable", "down", "up", device),
      of("metrics_unreadable", "pending", "down", device),
      of("metrics_unreadable", "up", "offline", device),
      of("metrics_readable", "pending", "up", device),
      of("metrics_readable", "down", "up"),
    ],
    [
      "metrics_unreadable | warning | a has unreadable metrics: refused",
      "metrics_readable | ok | a gives metrics again",
      undefined,
      undefined,
      undefined,
      undefined,
    ],
  );
});

Deno.test("eventOfHost() tells of tailscaled, the watchdog, and paths that got worse or better", () => {
  const host: HostFacts = {
    host: "local",
    atMs: NOON_MS,
    answers: true,
    sinceMs: NOON_MS,
    backend: "Running",
    health: [],
    isFresh: true,
    peerCount: 1,
    peers: new Map(),
    actions: [],
  };
  const peer = (path: PeerFacts["path"]): PeerFacts => ({ id: "n1", name: "b", path, sinceMs: 0 });
  const of = (kind: HostChange["kind"], before: unknown, after: unknown) =>
    told(eventOfHost(
      { kind, key: "n1", before, after, atMs: NOON_MS } as HostChange,
      () => undefined,
    ));
  const action = { number: 1, kind: "rebind", succeeded: true, atMs: NOON_MS };
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [of("host_known", undefined, host), undefined],
    [of("tailscaled_answers", { ...host, answers: undefined }, host), undefined],
    [
      of("tailscaled_answers", { ...host, answers: false }, host),
      "host_up | ok | tailscaled answers",
    ],
    [of("tailscaled_silent", host, host), "host_down | warning | tailscaled does not answer"],
    [of("backend_changed", { ...host, backend: undefined }, host), undefined],
    [
      of("backend_changed", host, { ...host, backend: "Stopped" }),
      "host_state | warning | tailscaled went from Running to Stopped",
    ],
    [
      of("watchdog_acted", undefined, action),
      "watchdog | warning | Watchdog: rebind of tailscaled done",
    ],
    [
      of("peer_path_changed", peer("direct_v4"), peer("derp")),
      "path_relayed | warning | b is reached over a DERP relay",
    ],
    [
      of("peer_path_changed", peer("derp"), peer("direct_v6")),
      "path_direct | ok | b is reached directly",
    ],
    [of("peer_path_changed", peer("idle"), peer("direct_v4")), undefined],
    [of("peer_path_changed", undefined, peer("derp")), undefined],
  ];
  for (const [line, wanted] of cases) assertEquals(line, wanted);
});

Deno.test("eventOfOwnNode() is critical where a person has to act", () => {
  const cases = [
    ["starting", "ok"],
    ["running", "ok"],
    ["control_away", "warning"],
    ["unreachable", "warning"],
    ["needs_login", "critical"],
    ["needs_approval", "critical"],
    ["key_expired", "critical"],
    ["removed", "critical"],
    ["stuck", "critical"],
  ] as const;
  for (const [state, severity] of cases) {
    const after = { state, summary: "The embedded node is what it is.", atMs: 5 };
    const before = undefined;
    assertEquals(
      eventOfOwnNode({ kind: `own_node_${state}`, key: "tsnet", before, after, atMs: 5 }),
      {
        atMs: 5,
        type: "tsnet_state",
        severity,
        node: undefined,
        message: "The embedded node is what it is",
      },
    );
  }
});
