import { assertEquals } from "@std/assert";
import {
  type Condition,
  conditionOfPeer,
  conditionsOfDevice,
  conditionsOfTailnet,
} from "../../src/alerts/condition.ts";
import type { AlertRule } from "../../src/alerts/alert.ts";
import type { Device } from "../../src/control/mod.ts";
import { ApiError } from "../../src/errors.ts";
import type { KnownDevice, PeerFacts, ProblemKind } from "../../src/facts/mod.ts";
import { createClassifier } from "../../src/history/mod.ts";
import { known, NOON_MS, scraped, snapshot } from "../facts/_snapshot.ts";

const DAY_S = 86_400, NOON_S = NOON_MS / 1000;

const classify = createClassifier({ types: [], critical: ["git"] });
const SERVERS = { classify, includesPersonal: false };
const ALL = { classify, includesPersonal: true };

function told(conditions: Iterable<Condition>): readonly string[] {
  return [...conditions].map(({ rule, summary }) => `${rule}: ${summary}`);
}

/** What is wrong with a device of which the test says something. */
function ofDevice(
  fields: Partial<Device>,
  isOnline = true,
  options = SERVERS,
): readonly string[] {
  const device = known({ name: "a.example.com", os: "linux", ...fields }, isOnline);
  return told(conditionsOfDevice(device, snapshot([device]), options));
}

Deno.test("conditionsOfDevice() tells what is wrong with a server", () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [ofDevice({}), []],
    [ofDevice({}, false), ["node_offline: a is offline"]],
    [ofDevice({ name: "git.example.com" }, false), ["critical_node_offline: git is offline"]],
    [ofDevice({ lastSeenSeconds: NOON_S - 31 * DAY_S }, false), []],
    [ofDevice({ expiresSeconds: NOON_S + DAY_S }), [
      "key_expiring: a has a key that expires within 14 days",
    ]],
    [ofDevice({ expiresSeconds: NOON_S + 15 * DAY_S }), []],
    [ofDevice({ expiresSeconds: NOON_S }), ["key_expired: a has an expired key"]],
    [ofDevice({ expiresSeconds: NOON_S - 31 * DAY_S }), []],
    [ofDevice({ expiresSeconds: NOON_S, keyExpiryDisabled: true }), []],
    [ofDevice({ tailnetLockError: "no signature" }), ["lock_error: a has a Tailnet Lock error"]],
    [ofDevice({ advertisedRoutes: ["::/0"], enabledRoutes: ["::/0"] }), []],
    [ofDevice({ advertisedRoutes: ["::/0", "::/0"], enabledRoutes: [] }), [
      "routes_unapproved: a offers a route that is not approved",
    ]],
    [ofDevice({ advertisedRoutes: ["10.0.0.0/8", "::/0"], enabledRoutes: [] }), [
      "routes_unapproved: a offers 2 routes that are not approved",
    ]],
    [ofDevice({ advertisedRoutes: ["::/0"], enabledRoutes: undefined }), []],
  ];
  for (const [found, wanted] of cases) assertEquals(found, wanted);
});

Deno.test("conditionsOfDevice() is quiet about laptops and phones unless it is asked", () => {
  const fields = { os: "macOS", expiresSeconds: NOON_S };
  assertEquals(ofDevice(fields, false), []);
  assertEquals(ofDevice(fields, false, ALL), [
    "key_expired: a has an expired key",
    "node_offline: a is offline",
  ]);
  assertEquals(ofDevice({ ...fields, name: "git" }, false).length, 2);
});

Deno.test("conditionsOfDevice() tells of metrics that fail, not of those of a node that is away", () => {
  const device = known({ name: "a" });
  const down = scraped("down", { reason: "refused" });
  const facts = snapshot([device], { scrapes: new Map([[device.key, down]]) });
  assertEquals(told(conditionsOfDevice(device, facts, SERVERS)), [
    "unreadable: a has unreadable metrics: refused",
  ]);
  const away: KnownDevice = { ...device, isOnline: false };
  assertEquals(told(conditionsOfDevice(away, facts, SERVERS)), ["node_offline: a is offline"]);
});

Deno.test("conditionsOfDevice() finds each rule of a device on one with which nothing else is wrong", () => {
  const server = { name: "a", os: "linux" };
  const cases: Readonly<Record<ProblemKind & AlertRule, readonly [Partial<Device>, boolean]>> = {
    critical_node_offline: [{ name: "git" }, false],
    lock_error: [{ tailnetLockError: "no signature" }, true],
    key_expired: [{ expiresSeconds: NOON_S }, true],
    unreadable: [{}, true],
    node_offline: [{}, false],
    key_expiring: [{ expiresSeconds: NOON_S + DAY_S }, true],
    routes_unapproved: [{ advertisedRoutes: ["::/0"], enabledRoutes: [] }, true],
  };
  for (const [rule, [fields, isOnline]] of Object.entries(cases)) {
    const device = known({ ...server, ...fields }, isOnline);
    const scrapes = new Map([[device.key, scraped(rule === "unreadable" ? "down" : "up")]]);
    const found = [...conditionsOfDevice(device, snapshot([device], { scrapes }), SERVERS)];
    assertEquals(found.map((each) => each.rule), [rule]);
  }
});

Deno.test("conditionsOfTailnet() tells of a list that is stale, and of a key that expires", () => {
  const fresh = snapshot([known()]);
  const error = new ApiError("server", "502");
  const stale = { ...fresh, isFresh: false, api: { ...fresh.api, answers: false, error } };
  const cases = [
    [fresh, undefined, []],
    [{ ...fresh, api: stale.api }, undefined, []],
    [stale, undefined, ["collection_stale: There is no recent device list: server"]],
    [fresh, NOON_S + 15 * DAY_S, []],
    [fresh, NOON_S + 14 * DAY_S, ["credential_expiring: The API key expires within 14 days"]],
    [fresh, NOON_S, ["credential_expiring: The API key has expired"]],
  ] as const;
  for (const [facts, expiry, wanted] of cases) {
    assertEquals(told(conditionsOfTailnet(facts, expiry)), [...wanted]);
  }
});

Deno.test("conditionOfPeer() tells of a server behind a relay", () => {
  const find = (id: string) =>
    id === "alien" ? undefined : known({ name: id, os: id === "phone" ? "android" : "linux" });
  const cases: readonly (readonly [string, PeerFacts["path"], string | undefined])[] = [
    ["server", "derp", "server is reached over a DERP relay"],
    ["server", "direct_v4", undefined],
    ["phone", "derp", undefined],
    ["alien", "derp", undefined],
  ];
  for (const [id, path, summary] of cases) {
    const peer = { id, name: id, path, sinceMs: NOON_MS };
    assertEquals(conditionOfPeer(peer, "local", find, SERVERS)?.summary, summary, id);
    // headscale tells no system of a device, so the peer decides.
    const node = { ...peer, isRelayOnly: true };
    assertEquals(conditionOfPeer(node, "local", find, SERVERS), undefined, id);
  }
});
