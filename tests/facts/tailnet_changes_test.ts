import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ApiError, type ApiFailure } from "../../src/errors.ts";
import type { DeviceScrape } from "../../src/facts/device_scrape.ts";
import { EXPIRING_MS } from "../../src/facts/key_state.ts";
import { tailnetChanges } from "../../src/facts/tailnet_changes.ts";
import type { KnownDevice, TailnetFacts } from "../../src/facts/tailnet_facts.ts";
import type { Device } from "../../src/control/device.ts";
import { apply, known, modelOf, modelText, NOON_MS, scraped, snapshot } from "./_snapshot.ts";

const HOUR_MS = 3_600_000, DAY_MS = 24 * HOUR_MS;

/** The changes between two snapshots, in a word or two each. */
async function told(before: TailnetFacts, after: TailnetFacts): Promise<readonly string[]> {
  const changes = await tailnetChanges(before, after);
  return changes.map((change) => {
    const detail = "routes" in change
      ? change.routes
      : "properties" in change
      ? change.properties
      : [];
    return [change.kind, change.key, ...detail].join(" ");
  });
}

/** The changes of one device that was one thing and is another. */
async function toldOf(before: Partial<Device>, after: Partial<Device>): Promise<readonly string[]> {
  const lines = await told(snapshot([known(before)]), snapshot([known(after)]));
  return lines.map((line) => line.replace(" example.com/1", ""));
}

Deno.test("tailnetChanges() tells nothing of the same snapshot", async () => {
  const facts = snapshot([known()], { scrapes: new Map([["example.com/1", scraped("up")]]) });
  assertEquals(await told(facts, facts), []);
  assertEquals(await told(snapshot(undefined), snapshot(undefined)), []);
});

Deno.test("tailnetChanges() tells of the first list once, not of each device in it", async () => {
  const after = snapshot([known(), known({ id: "2" })]);
  assertEquals(await told(snapshot(undefined), after), ["tailnet_known example.com"]);
});

Deno.test("tailnetChanges() reports devices that joined or left, in whatever order they are listed", async () => {
  const [one, two, three] = [known(), known({ id: "2" }), known({ id: "3" })];
  assertEquals(await told(snapshot([one, two]), snapshot([three, two])), [
    "device_joined example.com/3",
    "device_left example.com/1",
  ]);
  assertEquals(await told(snapshot([one, two, three]), snapshot([three, one, two])), []);
});

Deno.test("tailnetChanges() tells each aspect of a device by its own kind", async () => {
  const cases: readonly (readonly [Partial<Device>, Partial<Device>, readonly string[]])[] = [
    [{}, { name: "b.example.com" }, ["device_renamed"]],
    [{ nodeKey: "nodekey:1" }, { nodeKey: "nodekey:2" }, ["device_rekeyed"]],
    // A control plane that does not say a key.
    [{}, { nodeKey: "nodekey:2" }, []],
    [{ nodeKey: "nodekey:1" }, {}, []],
    [{ updateAvailable: false }, { updateAvailable: true }, ["update_available"]],
    [{ updateAvailable: true }, { updateAvailable: false }, ["update_installed"]],
    [{}, { updateAvailable: false }, []],
    [{ tailnetLockError: "" }, { tailnetLockError: "no signature" }, ["lock_error"]],
    [{ tailnetLockError: "no signature" }, { tailnetLockError: "bad" }, ["lock_error"]],
    [{ tailnetLockError: "no signature" }, {}, ["lock_ok"]],
    [{ tailnetLockError: "" }, {}, []],
    [
      { advertisedRoutes: ["10.0.0.0/8", "::/0"] },
      { advertisedRoutes: ["::/0", "10.1.0.0/16", "10.1.0.0/16"] },
      ["routes_offered 10.1.0.0/16", "routes_withdrawn 10.0.0.0/8"],
    ],
    [{}, { enabledRoutes: ["::/0"] }, ["routes_approved ::/0"]],
    [{ enabledRoutes: ["::/0"] }, {}, ["routes_unapproved ::/0"]],
    [{ enabledRoutes: ["::/0", "10.0.0.0/8"] }, { enabledRoutes: ["10.0.0.0/8", "::/0"] }, []],
    [{ os: "linux", tags: ["tag:a"] }, { os: "macOS", tags: ["tag:b"] }, [
      "device_changed tags os",
    ]],
    [{ tags: ["tag:a"] }, { tags: ["tag:a"] }, []],
    // What changes all the time is no event.
    [{ lastSeenSeconds: 1 }, { lastSeenSeconds: 2 }, []],
  ];
  for (const [before, after, expected] of cases) {
    assertEquals(await toldOf(before, after), expected, JSON.stringify([before, after]));
  }
});

Deno.test("tailnetChanges() reports devices that came online or went offline", async () => {
  const [on, off] = [snapshot([known()]), snapshot([known({}, false)])];
  assertEquals(await told(on, off), ["device_offline example.com/1"]);
  assertEquals(await told(off, on), ["device_online example.com/1"]);
});

Deno.test("tailnetChanges() hands on the snapshots' own objects and the time", async () => {
  const [before, after] = [known(), known({ name: "b" })];
  const [change] = await tailnetChanges(
    snapshot([before]),
    snapshot([after], { atMs: NOON_MS + 5 }),
  );
  assertEquals(change?.before === before && change?.after === after, true);
  assertEquals(change?.atMs, NOON_MS + 5);
});

Deno.test("tailnetChanges() tells whether metrics can be read, and why not", async () => {
  const one = known();
  const of = (scrape?: DeviceScrape) =>
    snapshot([one], { scrapes: new Map(scrape && [[one.key, scrape]]) });
  const timeout = of(scraped("down", { failure: "timeout" }));
  const up = of(scraped("up", { lastSuccessMs: 1 }));
  assertEquals(await told(of(), up), [`metrics_readable ${one.key}`]);
  assertEquals(await told(up, of(scraped("up", { lastSuccessMs: 2 }))), []);
  assertEquals(await told(up, timeout), [`metrics_unreadable ${one.key}`]);
  assertEquals(await told(timeout, of(scraped("down", { failure: "refused" }))), [
    `metrics_unreadable ${one.key}`,
  ]);
  assertEquals(await told(up, of(scraped("untagged"))), [`metrics_unreadable ${one.key}`]);
  assertEquals(await told(of(scraped("untagged")), of()), [`metrics_pending ${one.key}`]);
});

Deno.test("tailnetChanges() tells of a failed call only that the API fails, and why", async () => {
  const up = snapshot([known()]);
  const failed = (failure: ApiFailure) => ({
    ...up,
    isFresh: false,
    api: {
      answers: false,
      sinceMs: 1,
      atMs: 7,
      lastListMs: undefined,
      error: new ApiError(failure, "Cannot"),
    },
  });
  assertEquals(await told(up, failed("timeout")), ["api_fails example.com"]);
  assertEquals(await told(failed("timeout"), failed("timeout")), []);
  assertEquals(await told(failed("timeout"), failed("server")), ["api_fails example.com"]);
  assertEquals(await told(failed("server"), up), ["api_answers example.com"]);
  assertEquals((await tailnetChanges(up, failed("timeout")))[0]?.atMs, 7);
});

Deno.test("tailnetChanges() tells of a key that expires once each, at its time, however seldom one looks", async () => {
  const expiresMs = NOON_MS + 20 * DAY_MS;
  const one = known({ expiresSeconds: expiresMs / 1000 });
  const wait = fc.oneof(
    fc.integer({ min: 0, max: HOUR_MS }),
    fc.integer({ min: 0, max: 40 * DAY_MS }),
  );
  await fc.assert(fc.asyncProperty(fc.array(wait, { maxLength: 20 }), async (waits) => {
    const heard: (readonly [string, number])[] = [];
    let facts = snapshot([one]);
    // The last wait is long enough for all, and nothing comes after it.
    for (const ms of [...waits, 21 * DAY_MS, 21 * DAY_MS]) {
      // The control plane says the same; what it says may be another object.
      const next = snapshot([ms % 2 === 0 ? one : { ...one }], { atMs: facts.atMs + ms });
      for (const { kind, atMs } of await tailnetChanges(facts, next)) heard.push([kind, atMs]);
      facts = next;
    }
    assertEquals(heard, [
      ["key_expiring", expiresMs - EXPIRING_MS],
      ["key_expired", expiresMs],
    ]);
  }));
});

for (
  const [what, change, expected] of [
    ["that is the same", (all: readonly KnownDevice[]) => all.map((one) => ({ ...one })), 8],
    ["in another order", (all: readonly KnownDevice[]) => all.toReversed(), 16],
    ["that is gone", () => [], 8],
  ] as const
) {
  Deno.test(`tailnetChanges() lets other work run within a long list ${what}`, async () => {
    const devices = Array.from({ length: 1_000 }, (_, at) => known({ id: `${at}` }));
    let elapsedMs = 0;
    let pauses = 0;
    await tailnetChanges(snapshot(devices), snapshot(change(devices)), {
      elapsed: () => elapsedMs += 4,
      pause: () => Promise.resolve(void pauses++),
    });
    assertEquals(pauses, expected);
  });
}

/** Few values of everything, so that devices are often alike. */
const device: fc.Arbitrary<KnownDevice> = fc.record({
  id: fc.constantFrom("1", "2", "3", "4"),
  name: fc.constantFrom("a", "b"),
  nodeKey: fc.constantFrom("nodekey:1", "nodekey:2"),
  user: fc.constantFrom("amelie@example.com", undefined),
  tags: fc.subarray(["tag:a", "tag:b"]),
  expiresSeconds: fc.option(
    fc.integer({ min: -20, max: 60 }).map((days) => (NOON_MS + days * DAY_MS) / 1000),
    { nil: undefined },
  ),
  keyExpiryDisabled: fc.constantFrom(true, false, undefined),
  updateAvailable: fc.constantFrom(true, false, undefined),
  tailnetLockError: fc.constantFrom("", "no signature", undefined),
  advertisedRoutes: fc.option(fc.subarray(["10.0.0.0/8", "::/0"]), { nil: undefined }),
  enabledRoutes: fc.option(fc.subarray(["10.0.0.0/8", "::/0"]), { nil: undefined }),
  lastSeenSeconds: fc.nat({ max: 3 }),
}).chain((fields) => fc.boolean().map((isOnline) => known(fields, isOnline)));

const scrape: fc.Arbitrary<DeviceScrape> = fc.oneof(
  fc.nat({ max: 3 }).map((lastSuccessMs) => scraped("up", { lastSuccessMs })),
  fc.constantFrom<ApiFailure & DeviceScrape["failure"]>("timeout", "network")
    .map((failure) => scraped("down", { failure })),
  fc.constantFrom<DeviceScrape["state"]>("pending", "offline", "untagged").map((state) =>
    scraped(state)
  ),
);

/** One step of a tailnet's life; what is undefined stays as it was. */
const step = fc.record({
  devices: fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.uniqueArray(device, { selector: ({ key }) => key, maxLength: 4 }) },
  ),
  failure: fc.option(fc.constantFrom<ApiFailure>("timeout", "server"), { freq: 2 }),
  scrapes: fc.option(fc.uniqueArray(fc.tuple(fc.constantFrom("1", "2", "3", "4"), scrape), {
    selector: ([id]) => id,
  })),
  waitMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 30 * DAY_MS }),
    fc.integer({ min: -DAY_MS, max: 0 }),
  ),
});

function nextOf(facts: TailnetFacts, { devices, failure, scrapes, waitMs }: Step): TailnetFacts {
  const atMs = facts.atMs + waitMs;
  const fields: Partial<TailnetFacts> = {
    atMs,
    scrapes: scrapes === null
      ? facts.scrapes
      : new Map(scrapes.map(([id, one]) => [`example.com/${id}`, one])),
  };
  if (failure === null) {
    const list = devices ?? facts.listing?.devices ?? [];
    // The inventory keeps the object of a device of which nothing changed.
    const old = new Map(facts.listing?.devices.map((one) => [JSON.stringify(one), one]));
    return snapshot(list.map((one) => old.get(JSON.stringify(one)) ?? one), fields);
  }
  const error = new ApiError(failure, "Cannot");
  return {
    ...facts,
    ...fields,
    api: { answers: false, sinceMs: atMs, atMs, lastListMs: undefined, error },
  };
}

type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never;

const UNKNOWN: TailnetFacts = {
  ...snapshot(undefined),
  api: {
    answers: undefined,
    sinceMs: undefined,
    atMs: undefined,
    lastListMs: undefined,
    error: undefined,
  },
};

Deno.test("tailnetChanges() folded over the first snapshot give the last, each telling something new", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      let facts = UNKNOWN;
      const model = modelOf(facts);
      for (const one of steps) {
        const next = nextOf(facts, one);
        let lastMs = -Infinity;
        for (const change of await tailnetChanges(facts, next)) {
          apply(model, change);
          assertEquals(change.atMs >= lastMs, true, "not in the order of time");
          lastMs = change.atMs;
        }
        assertEquals(modelText(model), modelText(modelOf(next)));
        facts = next;
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("tailnetChanges() over looks left out tell no less than over all of them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 12 }), async (steps) => {
      let facts = UNKNOWN;
      let looked = facts;
      const model = modelOf(facts);
      for (const [one, isLook] of [...steps, [LAST, true] as const]) {
        facts = nextOf(facts, one);
        if (!isLook) continue;
        for (const change of await tailnetChanges(looked, facts)) apply(model, change);
        looked = facts;
      }
      assertEquals(modelText(model), modelText(modelOf(facts)));
    }),
    { numRuns: 500 },
  );
});

const LAST: Step = { devices: undefined, failure: null, scrapes: null, waitMs: 0 };
