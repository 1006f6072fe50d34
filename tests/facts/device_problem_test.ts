import { assertEquals } from "@std/assert";
import type { Device } from "../../src/control/device.ts";
import {
  DEVICE_PROBLEMS,
  type DeviceFacts,
  PENDING,
  PROBLEM_KINDS,
  PROBLEM_SEVERITIES,
  type ProblemContext,
  problemsOf,
  shortVersion,
} from "../../src/facts/mod.ts";
import { makeFacts, NOW_MS } from "../api/_fake_source.ts";

const DAY_SECONDS = 86_400;
const NOW_SECONDS = NOW_MS / 1000;
const NOW: ProblemContext = { nowMs: NOW_MS, isCritical: ({ name }) => name.startsWith("git") };

Deno.test("problemsOf() finds nothing wrong with a device that is online and read", () => {
  assertEquals(problemsOf(makeFacts(), NOW), []);
});

Deno.test("problemsOf() tells each problem, and what mends it", () => {
  const cases:
    readonly (readonly [Partial<Device>, Partial<DeviceFacts>, kind: string, text: string])[] = [
      [{ tailnetLockError: "not signed" }, {}, "lock_error", "Tailnet Lock reports: not signed"],
      [
        { expiresSeconds: NOW_SECONDS - 1 },
        {},
        "key_expired",
        "The key expired at 2026-01-31T11:59:59Z.",
      ],
      [
        { expiresSeconds: NOW_SECONDS + DAY_SECONDS },
        {},
        "key_expiring",
        "The key expires at 2026-02-01T12:00:00Z.",
      ],
      [{ authorized: false }, {}, "unauthorized", "The device waits for approval."],
      [
        {},
        { scrape: { ...PENDING, state: "down", reason: "Connection refused" } },
        "unreadable",
        "Connection refused",
      ],
      [
        { tags: ["tag:server"], lastSeenSeconds: NOW_SECONDS - 60 },
        { isOnline: false },
        "node_offline",
        "Not connected to the control plane since 2026-01-31T11:59:00Z.",
      ],
      [
        { name: "git.ts.net", os: "iOS" },
        { isOnline: false },
        "critical_node_offline",
        "Not connected to the control plane.",
      ],
      [
        {
          advertisedRoutes: ["10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16"],
          enabledRoutes: ["10.0.0.0/8"],
        },
        {},
        "routes_unapproved",
        "Not approved: 10.1.0.0/16.",
      ],
      [{ multipleConnections: true }, {}, "shared_key", "Several machines use this node key."],
      [
        { updateAvailable: true, clientVersion: "1.98.4-t1-g2" },
        {},
        "update_available",
        "Client 1.98.4 is outdated.",
      ],
    ];
  for (const [device, facts, kind, text] of cases) {
    const [problem, ...others] = problemsOf(makeFacts(device, facts), NOW);
    assertEquals([problem?.kind, problem?.text, others], [kind, text, []]);
  }
  assertEquals(
    cases.map(([, , kind]) => kind).sort(),
    PROBLEM_KINDS.toSorted(),
  );
});

Deno.test("problemsOf() does not call what is unknown or wanted a problem", () => {
  const fine: readonly (readonly [Partial<Device>, Partial<DeviceFacts>])[] = [
    // A person's device, or one of another tailnet.
    [{ os: "macOS", tags: [] }, { isOnline: false }],
    [{ tags: ["tag:server"], isExternal: true }, { isOnline: false }],
    [{ expiresSeconds: NOW_SECONDS - 1, keyExpiryDisabled: true }, {}],
    [{ expiresSeconds: NOW_SECONDS + 15 * DAY_SECONDS }, {}],
    [{ advertisedRoutes: ["10.0.0.0/8"] }, {}],
    [{ advertisedRoutes: [], enabledRoutes: [] }, {}],
    [{ tailnetLockError: "" }, {}],
    [{}, { scrape: PENDING }],
  ];
  for (const [device, facts] of fine) {
    assertEquals(problemsOf(makeFacts(device, facts), NOW), []);
  }
});

Deno.test("problemsOf() calls a server without a tag offline, and a laptop where it is asked to", () => {
  const kinds = (os: string, context: ProblemContext) =>
    problemsOf(makeFacts({ os, tags: [] }, { isOnline: false }), context).map(({ kind }) => kind);
  assertEquals(kinds("linux", NOW), ["node_offline"]);
  assertEquals(kinds("macOS", NOW), []);
  assertEquals(kinds("macOS", { ...NOW, includesPersonal: true }), ["node_offline"]);
});

Deno.test("problemsOf() does not call a device unreadable that is offline", () => {
  const scrape = { ...PENDING, state: "down" } as const;
  const device = { tags: ["tag:server"] };
  const kinds = problemsOf(makeFacts(device, { isOnline: false, scrape }), NOW)
    .map(({ kind }) => kind);
  assertEquals(kinds, ["node_offline"]);
});

Deno.test("problemsOf() advises nothing for our own node that needs a tailscale command on it", () => {
  const facts = makeFacts({
    expiresSeconds: NOW_SECONDS - 1,
    multipleConnections: true,
    tailnetLockError: "not signed",
    updateAvailable: true,
  }, { isOnline: false });
  const soon = makeFacts({ expiresSeconds: NOW_SECONDS + DAY_SECONDS });
  const critical = makeFacts({ name: "git" }, { isOnline: false });
  for (const isOwn of [true, false]) {
    const context = { ...NOW, isOwnNode: () => isOwn };
    const advised = [facts, soon, critical].flatMap((each) => problemsOf(each, context));
    const ofTailscale = advised.filter(({ advice }) => /`tailscale (?!lock)/.test(advice));
    assertEquals([advised.length, ofTailscale.length], [7, isOwn ? 0 : 5]);
  }
});

Deno.test("PROBLEM_KINDS has the worst first", () => {
  const ranks = PROBLEM_KINDS.map((kind) =>
    PROBLEM_SEVERITIES.indexOf(DEVICE_PROBLEMS[kind].severity)
  );
  assertEquals(ranks, ranks.toSorted());
});

Deno.test("problemsOf() has a critical node that is offline before all else", () => {
  const device = {
    name: "git",
    tailnetLockError: "not signed",
    expiresSeconds: NOW_SECONDS - 1,
    lastSeenSeconds: NOW_SECONDS - 60,
  };
  assertEquals(
    problemsOf(makeFacts(device, { isOnline: false }), NOW).map(({ kind }) => kind),
    ["critical_node_offline", "lock_error", "key_expired"],
  );
});

Deno.test("problemsOf() has what is a hint only for a laptop or an abandoned node last", () => {
  const told = (device: Partial<Device>, isOnline: boolean, context = NOW) =>
    problemsOf(makeFacts({ os: "linux", ...device }, { isOnline }), context)
      .map(({ kind, severity }) => `${severity}: ${kind}`);
  const expired = { expiresSeconds: NOW_SECONDS - 2 * DAY_SECONDS, multipleConnections: true };
  const hint = ["warning: shared_key", "info: key_expired"];
  assertEquals(told(expired, true), ["critical: key_expired", "warning: shared_key"]);
  assertEquals(told({ ...expired, os: "macOS" }, true), hint);
  assertEquals(told({ ...expired, os: "macOS", name: "git" }, true), [
    "critical: key_expired",
    "warning: shared_key",
  ]);
  assertEquals(told({ ...expired, os: "macOS" }, true, { ...NOW, includesPersonal: true }), [
    "critical: key_expired",
    "warning: shared_key",
  ]);
  const longAgo = NOW_SECONDS - 31 * DAY_SECONDS;
  assertEquals(told({ ...expired, expiresSeconds: longAgo }, true), hint);
  assertEquals(told({ lastSeenSeconds: longAgo }, false), ["info: node_offline"]);
  assertEquals(told({ name: "git", lastSeenSeconds: longAgo }, false), [
    "info: critical_node_offline",
  ]);
});

Deno.test("problemsOf() says since when, where the facts tell", () => {
  const since = (device: Partial<Device>, facts: Partial<DeviceFacts> = {}) =>
    problemsOf(makeFacts(device, facts), NOW).map(({ sinceMs }) => sinceMs);
  const down = { ...PENDING, state: "down", failingSinceMs: NOW_MS - 5_000 } as const;
  assertEquals(since({ lastSeenSeconds: NOW_SECONDS - 60 }, { isOnline: false }), [
    NOW_MS - 60_000,
  ]);
  assertEquals(since({}, { isOnline: false }), [undefined]);
  assertEquals(since({ expiresSeconds: NOW_SECONDS - 1 }), [NOW_MS - 1_000]);
  assertEquals(since({}, { scrape: down }), [NOW_MS - 5_000]);
  assertEquals(since({ tailnetLockError: "not signed" }), [undefined]);
});

Deno.test("shortVersion() drops commit ids", () => {
  assertEquals(shortVersion("1.102.3-t1234-g5678"), "1.102.3");
  assertEquals(shortVersion("1.102.3"), "1.102.3");
});
